import { headsetError } from "./headsetFailure.ts";

const connectMsMax = 12_000;

/** A wish to the server: an offer, answered. Rejects with a code as message. */
export type Exchange = (sdpOffer: string) => Promise<string>;

/** What became of the way to the server. */
export type PeerState = "connected" | "interrupted" | "failed";

/**
 * One peer connection with one audio stream both ways. ICE restarts keep it; when the server has forgotten its keys, another one must
 * be made.
 */
export class Peer {
  readonly #exchange: Exchange;
  readonly #connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  readonly #sender: RTCRtpSender;
  #remoteSession: string | null = null;
  #closed = false;
  /** No way led to audio, or the server forgot the keys: only another connection helps. */
  isSpent = false;

  constructor(
    track: MediaStreamTrack,
    exchange: Exchange,
    onHeard: (stream: MediaStream) => void,
    onState: (state: PeerState) => void,
  ) {
    this.#exchange = exchange;
    const transceiver = this.#connection.addTransceiver(track, { direction: "sendrecv" });
    this.#sender = transceiver.sender;
    preferTelephoneCodecs(transceiver);
    this.#connection.ontrack = (event) => onHeard(new MediaStream([event.track]));
    this.#connection.onconnectionstatechange = () => {
      const state = stateOf(this.#connection.connectionState);
      if (state !== null && !this.#closed) onState(state);
    };
  }

  /** Offers, applies the answer and waits for audio. Rejects with a code as message. */
  async connect(): Promise<void> {
    this.isSpent = true;
    await this.#negotiate(false);
    await this.#connected();
    this.isSpent = false;
  }

  /**
   * Looks for another way through the network with the same keys. Rejects with the exchange's code when the server could not be asked.
   * @returns false when the connection is spent
   */
  async restartIce(): Promise<boolean> {
    this.isSpent = !(await this.#negotiate(true)) || !(await this.#connected().then(yes, no));
    return !this.isSpent;
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#sender.replaceTrack(track);
  }

  /** Round trip and loss as the browser measures them, null before the first report. */
  async roundTripMs(): Promise<number | null> {
    const reports = await this.#connection.getStats();
    for (const report of reports.values()) {
      if (report.type === "candidate-pair" && report.nominated && typeof report.currentRoundTripTime === "number") {
        return report.currentRoundTripTime * 1_000;
      }
    }
    return null;
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  /** False when the answer belongs to another session than before. */
  async #negotiate(iceRestart: boolean): Promise<boolean> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer({ iceRestart }));
    // The server never needs our candidates: it answers to wherever our checks come from.
    const answer = await this.#exchange(this.#connection.localDescription?.sdp ?? "");
    if (this.#closed) throw headsetError("UNKNOWN");
    const session = sessionOf(answer);
    if (this.#remoteSession !== null && session !== this.#remoteSession) return false;
    this.#remoteSession = session;
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
    return true;
  }

  #connected(): Promise<void> {
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        connection.removeEventListener("connectionstatechange", check);
        connection.removeEventListener("iceconnectionstatechange", check);
        end();
      };
      const check = () => {
        const isUp = connection.connectionState === "connected" && iceIsUp(connection.iceConnectionState);
        if (isUp) settle(resolve);
        else if (this.#closed || connection.connectionState === "failed" || connection.connectionState === "closed") {
          settle(() => reject(headsetError("NO_MEDIA")));
        }
      };
      const timer = setTimeout(() => settle(() => reject(headsetError("NO_MEDIA"))), connectMsMax);
      connection.addEventListener("connectionstatechange", check);
      connection.addEventListener("iceconnectionstatechange", check);
      check();
    });
  }
}

const yes = (): boolean => true;
const no = (): boolean => false;

/** The id of the o= line: it changes when the server begins anew. */
export function sessionOf(sdp: string): string | null {
  return /^o=\S+ (\d+) /m.exec(sdp)?.[1] ?? null;
}

function stateOf(state: RTCPeerConnectionState): PeerState | null {
  if (state === "connected") return "connected";
  if (state === "disconnected") return "interrupted";
  // The server closes the session in an orderly way, too: it is then as gone as after a failure.
  return state === "failed" || state === "closed" ? "failed" : null;
}

function iceIsUp(state: RTCIceConnectionState): boolean {
  return state === "connected" || state === "completed";
}

/** G.711 and keys only: the server converts nothing, and a short offer is a quick one. */
function preferTelephoneCodecs(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [];
  const telephone = codecs.filter(({ mimeType }) => /^audio\/(PCMA|PCMU|telephone-event)$/i.test(mimeType));
  if (telephone.length > 0 && "setCodecPreferences" in transceiver) transceiver.setCodecPreferences(telephone);
}
