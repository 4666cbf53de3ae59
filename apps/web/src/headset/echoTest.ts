import { headsetFailureOf } from "./headsetFailure.ts";
import { LevelMeter } from "./levelMeter.ts";

export type EchoTestResult =
  /** `peakDbfs` tells whether the microphone heard anything: speech reaches -40 and more. */
  { readonly ok: true; readonly peakDbfs: number } | { readonly ok: false; readonly code: string };

const recordMsMax = 10_000;

/** Records the microphone for some seconds and plays it back on the chosen output: what the operator hears, customers hear. */
export class EchoTest {
  readonly #sound = new Audio();
  #stream: MediaStream | null = null;
  #meter: LevelMeter | null = null;
  #recorder: MediaRecorder | null = null;
  #url: string | null = null;
  #closed = false;

  /**
   * Records, then plays; resolves when playing ends. One run at a time.
   * @param durationMs of the recording, up to 10 s
   */
  async run(inputId: string | null, outputId: string | null, durationMs = 4_000): Promise<EchoTestResult> {
    let peakDbfs = -90;
    try {
      const audio = inputId === null ? true : { deviceId: { ideal: inputId } };
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio });
      const [track] = this.#stream.getAudioTracks();
      this.#meter = new LevelMeter((dbfs) => {
        peakDbfs = Math.max(peakDbfs, dbfs);
      });
      if (track !== undefined) this.#meter.watch(track);
      const recorded = await this.#record(this.#stream, Math.min(durationMs, recordMsMax));
      this.#release();
      if (!this.#closed) await this.#play(recorded, outputId);
      return { ok: true, peakDbfs };
    } catch (error) {
      return { ok: false, code: headsetFailureOf(error) };
    } finally {
      this.#release();
    }
  }

  /** Ends a run at once. Idempotent. */
  close(): void {
    this.#closed = true;
    if (this.#recorder?.state === "recording") this.#recorder.stop();
    this.#sound.pause();
    this.#sound.dispatchEvent(new Event("ended"));
    this.#release();
  }

  #record(stream: MediaStream, durationMs: number): Promise<Blob> {
    const recorder = new MediaRecorder(stream);
    this.#recorder = recorder;
    const parts: Blob[] = [];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => recorder.stop(), durationMs);
      recorder.ondataavailable = (event) => parts.push(event.data);
      recorder.onerror = () => reject(new Error("MICROPHONE_BUSY"));
      recorder.onstop = () => {
        clearTimeout(timer);
        resolve(new Blob(parts, { type: recorder.mimeType }));
      };
      recorder.start();
    });
  }

  async #play(recorded: Blob, outputId: string | null): Promise<void> {
    if (outputId !== null && "setSinkId" in this.#sound) await this.#sound.setSinkId(outputId).catch(() => {});
    this.#url = URL.createObjectURL(recorded);
    this.#sound.src = this.#url;
    const ended = new Promise<void>((resolve) =>
      this.#sound.addEventListener("ended", () => resolve(), { once: true }),
    );
    await this.#sound.play();
    await ended;
  }

  #release(): void {
    this.#meter?.close();
    this.#meter = null;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    if (this.#url !== null && this.#sound.paused) {
      URL.revokeObjectURL(this.#url);
      this.#url = null;
    }
  }
}
