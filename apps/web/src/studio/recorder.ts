import { wavOf, withoutSilence } from "./wav.ts";

/** Longer prompts than this are a mistake; the recording then ends by itself. */
export const recordingMsMax = 180_000;
const rateHz = 16_000;

/** Records the microphone for a prompt. `stop` gives a WAV file; `close` lets go of everything and may be called at any time. */
export class PromptRecorder {
  readonly #stream: MediaStream;
  readonly #recorder: MediaRecorder;
  readonly #context = new AudioContext();
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #chunks: Blob[] = [];

  private constructor(stream: MediaStream) {
    this.#stream = stream;
    this.#recorder = new MediaRecorder(stream);
    this.#recorder.addEventListener("dataavailable", (event) => this.#chunks.push(event.data));
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#recorder.start(1_000);
  }

  /** Asks for the microphone; rejects when there is none or it is forbidden. */
  static async open(): Promise<PromptRecorder> {
    const audio = { echoCancellation: false, noiseSuppression: true, autoGainControl: false };
    return new PromptRecorder(await navigator.mediaDevices.getUserMedia({ audio }));
  }

  /** The level now, in dB below full scale. */
  levelDbfs(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const peak = this.#samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
    return peak === 0 ? Number.NEGATIVE_INFINITY : 20 * Math.log10(peak);
  }

  async stop(): Promise<Blob> {
    const ended = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve, { once: true }));
    this.#recorder.stop();
    await ended;
    const whole = new Blob(this.#chunks, { type: this.#recorder.mimeType });
    const sound = await this.#context.decodeAudioData(await whole.arrayBuffer());
    this.close();
    const samples = await resampled(sound);
    return new Blob([wavOf(withoutSilence(samples, rateHz), rateHz)], { type: "audio/wav" });
  }

  close(): void {
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#context.state !== "closed") void this.#context.close();
  }
}

/** One channel at 16 kHz. */
export async function resampled(sound: AudioBuffer): Promise<Float32Array> {
  const frames = Math.max(1, Math.ceil(sound.duration * rateHz));
  const offline = new OfflineAudioContext(1, frames, rateHz);
  const source = new AudioBufferSourceNode(offline, { buffer: sound });
  source.connect(offline.destination);
  source.start();
  return (await offline.startRendering()).getChannelData(0);
}
