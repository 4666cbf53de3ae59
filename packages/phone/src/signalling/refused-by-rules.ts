import type { RefusalReason } from "@centrala/contract";
import type { RefusedRequest } from "@centrala/sip";
import { principalOf } from "./gate.ts";
import { userOf } from "./identity.ts";
import type { Refused } from "./refusals.ts";

/** What the rules of SIP refused, as people want to read it; undefined for what is no trouble of theirs. */
export function refusedByRules({ request, source, principal, status, reason }: RefusedRequest): Refused | undefined {
  const kind = reasonOf(status);
  if (kind === undefined) return undefined;
  const who = principal === null ? undefined : principalOf(principal);
  const demanded = [...request.headers.getAll("require"), ...request.headers.getAll("proxy-require")].join(", ");
  return {
    reason: kind,
    status,
    method: request.method,
    source: source.address,
    transport: source.transport,
    trunkId: who?.kind === "trunk" ? who.trunkId : null,
    deviceId: who?.kind === "device" && who.deviceId !== "" ? who.deviceId : null,
    account: null,
    called: request.method === "INVITE" ? userOf(request.uri) : null,
    detail: kind === "extensionDemanded" ? demanded : kind === "overloaded" ? "" : reason,
  };
}

function reasonOf(status: number): RefusalReason | undefined {
  switch (status) {
    case 400:
    case 416:
      return "malformed";
    case 405:
    case 406:
    case 415:
    case 501:
    case 505:
      return "notServed";
    case 420:
      return "extensionDemanded";
    case 503:
      return "overloaded";
    default:
      // 422 is how a session timer is agreed on, 481 and 482 are echoes of what is over.
      return undefined;
  }
}
