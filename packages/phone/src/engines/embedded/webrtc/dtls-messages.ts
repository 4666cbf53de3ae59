import type { DtlsCertificate, DtlsOutcome } from "./dtls-session.ts";

/** What the DTLS worker is started with. */
export interface DtlsWorkerData {
  /** Undefined to make a new one. */
  readonly certificate: DtlsCertificate | undefined;
}

/** To the DTLS worker. Sessions are numbered by the other side and never numbered again. */
export type ToDtlsWorker =
  | { readonly kind: "open"; readonly session: number; readonly fingerprint: string }
  | { readonly kind: "datagram"; readonly session: number; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly session: number };

/** From the DTLS worker. */
export type FromDtlsWorker =
  | { readonly kind: "ready"; readonly fingerprint: string; readonly certificate: DtlsCertificate }
  | { readonly kind: "unusable"; readonly message: string }
  | { readonly kind: "send"; readonly session: number; readonly bytes: Uint8Array }
  | { readonly kind: "outcome"; readonly session: number; readonly outcome: DtlsOutcome };
