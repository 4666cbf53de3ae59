import type { LegEndCode } from "@centrala/contract";
import type { EndCause } from "@centrala/sip";

/** What a leg's end means, by direction and cause. Refusals of outgoing calls by RFC 3261 section 21 and RFC 3398. */
export function endCodeOf(cause: EndCause, direction: "in" | "out"): LegEndCode {
  if (cause.by === "session") return "MEDIA_LOST";
  if (cause.by === "local") return "DROPPED";
  if (cause.answered) return cause.by === "remote" ? "HUNG_UP" : "UNREACHABLE";
  if (direction === "in") return cause.by === "remote" ? "CANCELLED" : "NO_ANSWER";
  return cause.by === "remote" && cause.status !== null ? refusalCode(cause.status, cause.q850) : "UNREACHABLE";
}

/** The code of a refused outgoing call. Q.850 decides where a carrier hides everything behind one status. */
export function refusalCode(status: number, q850: number | null): LegEndCode {
  if (q850 === 17) return "BUSY";
  if (q850 === 1 || q850 === 28) return "NUMBER_UNKNOWN";
  if (q850 === 18 || q850 === 19) return "NO_ANSWER";
  if (q850 === 21) return "DECLINED";
  switch (status) {
    case 486:
    case 600:
      return "BUSY";
    case 603:
    case 607:
    case 608:
      return "DECLINED";
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
      return "NUMBER_UNKNOWN";
    case 408:
    case 480:
    case 487:
      return "NO_ANSWER";
    default:
      return status >= 500 || status === 430 ? "UNREACHABLE" : "TRUNK_REJECTED";
  }
}

/** True when another target or trunk may take the call: this one did not answer, or could not or would not serve us. */
export function mayTryNext(cause: EndCause): boolean {
  if (cause.answered || cause.by === "local") return false;
  if (cause.by === "timeout") return true;
  const { status } = cause;
  return status !== null && (status === 401 || status === 403 || status === 407 || (status >= 500 && status < 600));
}

/** The status a refused or dropped incoming call gets. */
export function statusOf(code: LegEndCode): number {
  switch (code) {
    case "BUSY":
      return 486;
    case "DECLINED":
      return 603;
    case "NUMBER_UNKNOWN":
      return 404;
    case "OVERLOADED":
    case "RTP_PORTS_EXHAUSTED":
    case "SERVER_RESTARTED":
      return 503;
    case "MEDIA_FAILED":
    case "MEDIA_LOST":
      return 488;
    case "HUNG_UP":
    case "DROPPED":
    case "NO_ANSWER":
    case "CANCELLED":
    case "UNREACHABLE":
    case "TRUNK_REJECTED":
      return 480;
    case "OUTGOING_LIMIT":
      return 403;
  }
}
