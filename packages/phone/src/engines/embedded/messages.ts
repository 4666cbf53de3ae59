import type { LegId, MediaCommand, MediaErrorCode, MediaEvent } from "@centrala/contract";
import type { Result } from "@centrala/kit";
import type { PortRange } from "./ports.ts";
import type { DtlsCertificate } from "./webrtc/index.ts";

/** What a media worker is started with. */
export interface WorkerOptions {
  readonly ports: PortRange;
  /** Address that the sockets are bound to; "::" serves both families. */
  readonly bindAddress: string;
  /** Null: no browser headsets. */
  readonly webRtc: {
    /** Addresses that browsers can reach the range's first port at, the best first. */
    readonly addresses: readonly string[];
    /** A new one is made when absent. */
    readonly certificate?: DtlsCertificate;
  } | null;
  /** A leg whose far end should send is lost after this long without a packet. */
  readonly mediaLostAfterMs: number;
}

/** Main thread to media worker. Everything with a `request` gets one {@link WorkerReply}. */
export type WorkerRequest =
  | { readonly kind: "openRtpLeg"; readonly request: number; readonly legId: LegId }
  /** Opens a leg on a port that the worker has told to be ready. */
  | { readonly kind: "takeRtpLeg"; readonly legId: LegId; readonly port: number }
  | { readonly kind: "openWebRtcLeg"; readonly request: number; readonly legId: LegId; readonly sdpOffer: string }
  | { readonly kind: "stats"; readonly request: number }
  | { readonly kind: "close"; readonly request: number }
  | { readonly kind: "setWebRtcAddresses"; readonly addresses: readonly string[] }
  | { readonly kind: "command"; readonly command: MediaCommand };

export type EngineStartCode = "RTP_PORT_IN_USE" | "DTLS_UNUSABLE" | "MEDIA_FAILED";

export interface HostStats {
  readonly legs: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetsRefused: number;
  readonly recordings: number;
  readonly commandsIgnored: number;
}

/** Media worker to main thread. */
export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "unusable"; readonly code: EngineStartCode; readonly message: string }
  | {
      readonly kind: "opened";
      readonly request: number;
      readonly result: Result<{ readonly port: number }, MediaErrorCode>;
    }
  | {
      readonly kind: "answered";
      readonly request: number;
      readonly result: Result<{ readonly sdpAnswer: string }, MediaErrorCode>;
    }
  | { readonly kind: "stats"; readonly request: number; readonly stats: HostStats }
  | { readonly kind: "closed"; readonly request: number }
  | { readonly kind: "event"; readonly event: MediaEvent }
  /** Ports that are bound for legs to come: the main thread may give them to legs without asking. */
  | { readonly kind: "readyPorts"; readonly ports: readonly number[] }
  /** A bug was caught; it ended one leg at most. */
  | { readonly kind: "fault"; readonly message: string };
