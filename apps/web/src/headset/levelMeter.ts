const everyMs = 100;
const silenceDbfs = -90;

/**
 * Measures a microphone ten times a second. It listens to a copy of the track, because the one that is sent is silent while nobody is
 * connected.
 */
export class LevelMeter {
  readonly #onLevel: (dbfs: number) => void;
  readonly #samples = new Float32Array(1_024);
  readonly #context = new AudioContext();
  readonly #analyser = this.#context.createAnalyser();
  #copy: MediaStreamTrack | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param onLevel root mean square in dB below full scale, from -90 */
  constructor(onLevel: (dbfs: number) => void) {
    this.#onLevel = onLevel;
    this.#analyser.fftSize = this.#samples.length;
  }

  /** Measures this track from now on. */
  watch(track: MediaStreamTrack): void {
    this.#release();
    const copy = track.clone();
    copy.enabled = true;
    this.#copy = copy;
    this.#source = this.#context.createMediaStreamSource(new MediaStream([copy]));
    this.#source.connect(this.#analyser);
    // Once the microphone is captured a page may make sound without a click; before that the context sleeps.
    void this.#context.resume().catch(() => {});
    this.#timer ??= setInterval(() => this.#measure(), everyMs);
  }

  /** Idempotent. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#release();
    if (this.#context.state !== "closed") void this.#context.close().catch(() => {});
  }

  #release(): void {
    this.#source?.disconnect();
    this.#source = null;
    this.#copy?.stop();
    this.#copy = null;
  }

  #measure(): void {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    this.#onLevel(levelDbfs(this.#samples));
  }
}

/** Root mean square of samples from -1 to 1, in dB below full scale, from -90. */
export function levelDbfs(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (samples.length === 0 || sum === 0) return silenceDbfs;
  return Math.max(silenceDbfs, 10 * Math.log10(sum / samples.length));
}
