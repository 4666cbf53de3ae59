/**
 * Why a headset does not work, as codes with a sentence in `desk:headset.code`. What the server answers (OFFLINE, DESCRIPTION_REFUSED, ...)
 * passes through as it is.
 */
export type HeadsetFailure =
  /** The operator, or the organisation's policy, forbids the microphone. */
  | "DENIED"
  | "NO_MICROPHONE"
  /** Another program holds it, or its driver fails. */
  | "MICROPHONE_BUSY"
  /** The page came by plain HTTP from another machine: browsers give it no microphone. */
  | "INSECURE"
  /** Signalling works and audio does not: a firewall stands between. */
  | "NO_MEDIA"
  | "UNKNOWN";

/** The code of whatever a step of the headset threw. */
export function headsetFailureOf(error: unknown): string {
  if (!(error instanceof Error) && !(error instanceof DOMException)) return "UNKNOWN" satisfies HeadsetFailure;
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "DENIED" satisfies HeadsetFailure;
    case "NotFoundError":
    case "OverconstrainedError":
      return "NO_MICROPHONE" satisfies HeadsetFailure;
    case "NotReadableError":
    case "AbortError":
      return "MICROPHONE_BUSY" satisfies HeadsetFailure;
    default:
      return /^[A-Z][A-Z_]{2,40}$/.test(error.message) ? error.message : ("UNKNOWN" satisfies HeadsetFailure);
  }
}

/** An error that carries a code of {@link HeadsetFailure}. */
export function headsetError(code: HeadsetFailure): Error {
  return new Error(code);
}
