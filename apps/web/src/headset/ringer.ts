/** One period of the ring: a soft two-tone bell, then a pause. */
const ringS = 1.2;
const periodS = 3;
const tonesHz = [587.33, 880];

/** Rings on an output of its own, so that a call is heard while the headset lies on the desk. */
export class Ringer {
  readonly #context = new AudioContext();
  readonly #volume = this.#context.createGain();
  readonly #output = new Audio();
  #source: AudioBufferSourceNode | null = null;

  constructor() {
    const destination = this.#context.createMediaStreamDestination();
    this.#volume.connect(destination);
    this.#output.srcObject = destination.stream;
  }

  /**
   * Rings until {@link stop}. False when the browser allows no sound yet: it does once the microphone is captured.
   * @param volume 0 to 1
   */
  async start(volume = 0.7): Promise<boolean> {
    this.stop();
    this.#volume.gain.value = Math.min(1, Math.max(0, volume));
    const source = this.#context.createBufferSource();
    source.buffer = this.#rendered();
    source.loop = true;
    source.connect(this.#volume);
    source.start();
    this.#source = source;
    try {
      await this.#context.resume();
      await this.#output.play();
      return true;
    } catch {
      return false;
    }
  }

  /** Idempotent. */
  stop(): void {
    this.#source?.stop();
    this.#source?.disconnect();
    this.#source = null;
    this.#output.pause();
  }

  /** @param deviceId of an audio output; "" is the default one. False when it can't be used. */
  async chooseOutput(deviceId: string): Promise<boolean> {
    if (!("setSinkId" in this.#output)) return false;
    return this.#output.setSinkId(deviceId).then(
      () => true,
      () => false,
    );
  }

  /** Idempotent. */
  close(): void {
    this.stop();
    this.#output.srcObject = null;
    if (this.#context.state !== "closed") void this.#context.close().catch(() => {});
  }

  #rendered(): AudioBuffer {
    const rate = this.#context.sampleRate;
    const buffer = this.#context.createBuffer(1, Math.round(periodS * rate), rate);
    buffer.getChannelData(0).set(ringSamples(rate));
    return buffer;
  }
}

/** One period of the ring at a sample rate in Hz; it begins and ends without a click. */
export function ringSamples(rateHz: number): Float32Array {
  const samples = new Float32Array(Math.round(periodS * rateHz));
  for (let index = 0; index < ringS * rateHz; index += 1) {
    const s = index / rateHz;
    const strike = (s * 2) % 0.6;
    const envelope = Math.min(1, strike / 0.01) * Math.exp(-5 * strike) * Math.min(1, (ringS - s) / 0.02);
    for (const hz of tonesHz) samples[index] = (samples[index] ?? 0) + 0.4 * envelope * Math.sin(2 * Math.PI * hz * s);
  }
  return samples;
}
