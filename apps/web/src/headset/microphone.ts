import { headsetError } from "./headsetFailure.ts";

/** A telephone conversation: one channel, and the browser's own echo canceller, noise filter and gain. */
const wanted: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** The captured microphone: one track that is replaced when the device changes or is unplugged. */
export class Microphone {
  readonly #onReplaced: (track: MediaStreamTrack) => void;
  readonly #onLost: (error: unknown) => void;
  #track: MediaStreamTrack | null = null;
  #deviceId: string | null;
  #open = false;
  #closed = false;

  /**
   * @param deviceId the preferred device; another one is taken while it is not there
   * @param onReplaced the track that counts from now on
   * @param onLost no device is left; when one is plugged in, a track comes by itself
   */
  constructor(
    deviceId: string | null,
    onReplaced: (track: MediaStreamTrack) => void,
    onLost: (error: unknown) => void,
  ) {
    this.#deviceId = deviceId;
    this.#onReplaced = onReplaced;
    this.#onLost = onLost;
  }

  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  /** Asks for permission when needed. Rejects with what getUserMedia says, or INSECURE. */
  async open(): Promise<MediaStreamTrack> {
    const track = await this.#capture();
    if (!this.#open) navigator.mediaDevices.addEventListener("devicechange", this.#devicesChanged);
    this.#open = true;
    this.#use(track);
    return track;
  }

  /** Changes to another device; the one in use stays when that fails. */
  async choose(deviceId: string): Promise<void> {
    this.#deviceId = deviceId;
    if (!this.#open) return;
    const track = await this.#capture();
    this.#use(track);
    this.#onReplaced(track);
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    if (this.#open) navigator.mediaDevices.removeEventListener("devicechange", this.#devicesChanged);
    this.#open = false;
    this.#track?.stop();
    this.#track = null;
  }

  async #capture(): Promise<MediaStreamTrack> {
    if (navigator.mediaDevices === undefined) throw headsetError("INSECURE");
    const audio = this.#deviceId === null ? wanted : { ...wanted, deviceId: { ideal: this.#deviceId } };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const [track] = stream.getAudioTracks();
    if (track === undefined) throw headsetError("NO_MICROPHONE");
    return track;
  }

  #use(track: MediaStreamTrack): void {
    // Closed while the browser was asking: the microphone's light must go out.
    if (this.#closed) {
      track.stop();
      return;
    }
    this.#track?.removeEventListener("ended", this.#ended);
    this.#track?.stop();
    this.#track = track;
    track.addEventListener("ended", this.#ended);
  }

  /** Unplugged, or the permission was taken away. */
  readonly #ended = (): void => {
    void this.#recapture();
  };

  /** The preferred device is back, or there is one again at all. */
  readonly #devicesChanged = (): void => {
    const current = this.#track?.getSettings().deviceId;
    const isPreferred = this.#deviceId === null || current === this.#deviceId;
    if (this.#track?.readyState === "live" && isPreferred) return;
    void this.#recapture();
  };

  async #recapture(): Promise<void> {
    if (this.#closed) return;
    try {
      const track = await this.#capture();
      const before = this.#track;
      const isSame = before?.readyState === "live" && before.getSettings().deviceId === track.getSettings().deviceId;
      if (this.#closed || isSame) {
        track.stop();
        return;
      }
      this.#use(track);
      this.#onReplaced(track);
    } catch (error) {
      if (!this.#closed && this.#track?.readyState !== "live") this.#onLost(error);
    }
  }
}
