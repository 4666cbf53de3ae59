import { headsetFailureOf } from "./headsetFailure.ts";
import { LevelMeter } from "./levelMeter.ts";
import { Microphone } from "./microphone.ts";
import { type Exchange, Peer, type PeerState } from "./peer.ts";
import { retryPauseMs } from "./retryPause.ts";

export interface SoundDevice {
  readonly id: string;
  readonly label: string;
}

/** What is told of a headset's state. After the first "ready" a lost connection is sought again until {@link Headset.close}. */
export type HeadsetEvent =
  | { readonly kind: "connecting" }
  | { readonly kind: "ready" }
  /** See `HeadsetFailure`; codes of the server pass through. */
  | { readonly kind: "failed"; readonly code: string };

export interface HeadsetOptions {
  /** Sends an offer to the server and gives its answer; rejects with a code as message. */
  readonly exchange: Exchange;
  readonly onState: (event: HeadsetEvent) => void;
  /** Level of the microphone ten times a second, in dB below full scale. */
  readonly onLevel: (dbfs: number) => void;
  /** Devices chosen earlier; kept in this browser unless said otherwise. */
  readonly memory?: Pick<Storage, "getItem" | "setItem">;
}

const inputKey = "centrala.input";
const outputKey = "centrala.output";
/** A short break heals by itself; a restart would only add to the traffic. */
const interruptionMs = 2_000;
const networkSettlesMs = 500;

/** The operator's voice in the browser: microphone first, then one standing connection for the whole shift. */
export class Headset {
  readonly #options: HeadsetOptions;
  readonly #memory: Pick<Storage, "getItem" | "setItem">;
  readonly #sound = new Audio();
  readonly #microphone: Microphone;
  #meter: LevelMeter | null = null;
  #peer: Peer | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #working = false;
  /** Something happened while an attempt was under way: another one follows it. */
  #again = false;
  #wasReady = false;
  #talking = false;
  #muted = false;
  #closed = false;

  constructor(options: HeadsetOptions) {
    this.#options = options;
    this.#memory = options.memory ?? localStorage;
    this.#sound.autoplay = true;
    this.#microphone = new Microphone(
      this.#memory.getItem(inputKey),
      (track) => this.#useTrack(track),
      (error) => this.#tell({ kind: "failed", code: headsetFailureOf(error) }),
    );
  }

  /** Captures the microphone, then connects. Call once; says why it failed, and everything is released then. */
  readonly start = async (): Promise<{ readonly ok: true } | { readonly ok: false; readonly code: string }> => {
    try {
      const track = await this.#microphone.open();
      this.#meter = new LevelMeter(this.#options.onLevel);
      this.#useTrack(track);
      await this.#applyOutput();
      await this.#connectAnew(track);
      this.#wasReady = true;
      this.#watchNetwork(true);
      return { ok: true };
    } catch (error) {
      this.close();
      return { ok: false, code: headsetFailureOf(error) };
    }
  };

  /** While nobody is connected nothing of the room is sent. */
  readonly setTalking = (on: boolean): void => {
    this.#talking = on;
    this.#applyTrack();
  };

  readonly setMuted = (on: boolean): void => {
    this.#muted = on;
    this.#applyTrack();
  };

  /** Labels are empty before the microphone was allowed. */
  readonly devices = async (): Promise<{ inputs: readonly SoundDevice[]; outputs: readonly SoundDevice[] }> => {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const of = (kind: MediaDeviceKind) =>
      all.filter((each) => each.kind === kind).map((each) => ({ id: each.deviceId, label: each.label }));
    return { inputs: of("audioinput"), outputs: of("audiooutput") };
  };

  /** Rejects when the device can't be opened; the one in use stays. */
  readonly chooseInput = async (id: string): Promise<void> => {
    await this.#microphone.choose(id);
    this.#memory.setItem(inputKey, id);
  };

  readonly chooseOutput = async (id: string): Promise<void> => {
    this.#memory.setItem(outputKey, id);
    await this.#applyOutput();
  };

  /** Round trip to the server, null while it is not known. */
  readonly roundTripMs = async (): Promise<number | null> => (await this.#peer?.roundTripMs()) ?? null;

  /** Idempotent; nothing is told afterwards. */
  readonly close = (): void => {
    this.#closed = true;
    this.#watchNetwork(false);
    this.#unschedule();
    this.#peer?.close();
    this.#microphone.close();
    this.#meter?.close();
    this.#sound.pause();
    this.#sound.srcObject = null;
  };

  async #connectAnew(track: MediaStreamTrack): Promise<void> {
    this.#peer?.close();
    const peer: Peer = new Peer(
      track,
      this.#options.exchange,
      (stream) => this.#hear(stream),
      (state) => {
        if (peer === this.#peer) this.#follow(state);
      },
    );
    this.#peer = peer;
    await peer.connect();
  }

  #hear(stream: MediaStream): void {
    this.#sound.srcObject = stream;
    // A page that captures a microphone may play; where it may not, the next click of the operator starts it.
    void this.#sound.play().catch(() => document.addEventListener("click", this.#playLater, { once: true }));
  }

  readonly #playLater = (): void => {
    if (!this.#closed) void this.#sound.play().catch(() => {});
  };

  #follow(state: PeerState): void {
    if (!this.#wasReady) return;
    switch (state) {
      case "connected":
        this.#attempt = 0;
        this.#unschedule();
        this.#tell({ kind: "ready" });
        return;
      case "interrupted":
        this.#tell({ kind: "connecting" });
        this.#schedule(interruptionMs);
        return;
      case "failed":
        this.#tell({ kind: "connecting" });
        this.#schedule(retryPauseMs(this.#attempt, Math.random()));
        return;
    }
  }

  #unschedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(pauseMs: number): void {
    if (this.#closed) return;
    this.#unschedule();
    this.#timer = setTimeout(() => void this.#reconnect(), pauseMs);
  }

  /** First another way for the same connection, then another connection. */
  async #reconnect(): Promise<void> {
    const track = this.#microphone.track;
    if (this.#closed || track === null) return;
    if (this.#working) {
      this.#again = true;
      return;
    }
    this.#working = true;
    this.#again = false;
    try {
      await this.#restore(track);
      this.#attempt = 0;
      this.#tell({ kind: "ready" });
    } catch {
      this.#attempt += 1;
      this.#tell({ kind: "connecting" });
      this.#schedule(retryPauseMs(this.#attempt, Math.random()));
    } finally {
      this.#working = false;
      if (this.#again) this.#schedule(networkSettlesMs);
    }
  }

  /** Signalling that is down as well rejects here: the connection that may heal is then kept for the next attempt. */
  async #restore(track: MediaStreamTrack): Promise<void> {
    const kept = this.#peer !== null && !this.#peer.isSpent && (await this.#peer.restartIce());
    if (kept || this.#closed) return;
    await this.#connectAnew(track);
  }

  /** A change of network breaks the way long before the browser notices that checks are not answered. */
  #watchNetwork(on: boolean): void {
    const change = on ? "addEventListener" : "removeEventListener";
    window[change]("online", this.#networkChanged);
    connectionInformation()?.[change]("change", this.#networkChanged);
  }

  readonly #networkChanged = (): void => {
    this.#attempt = 0;
    this.#schedule(networkSettlesMs);
  };

  #useTrack(track: MediaStreamTrack): void {
    this.#applyTrack();
    this.#meter?.watch(track);
    void this.#peer?.replaceTrack(track).catch(() => {});
    if (this.#wasReady && !this.#working) this.#tell({ kind: "ready" });
  }

  #applyTrack(): void {
    const track = this.#microphone.track;
    if (track !== null) track.enabled = this.#talking && !this.#muted;
  }

  async #applyOutput(): Promise<void> {
    const id = this.#memory.getItem(outputKey);
    // A device that was unplugged leaves the sound at the default one.
    if (id !== null && "setSinkId" in this.#sound) await this.#sound.setSinkId(id).catch(() => {});
  }

  #tell(event: HeadsetEvent): void {
    if (!this.#closed) this.#options.onState(event);
  }
}

/** A headset as the desk uses it. */
export function createHeadset(options: HeadsetOptions): Headset {
  return new Headset(options);
}

/** The Network Information API, which Firefox and Safari do not have. */
function connectionInformation(): EventTarget | undefined {
  return (navigator as Navigator & { readonly connection?: EventTarget }).connection;
}
