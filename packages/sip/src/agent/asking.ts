import type { Instant } from "@centrala/kit";
import type { SipResponse } from "../message/index.ts";
import type { Call, OurRequest } from "./call.ts";
import { acceptHeader } from "./capabilities.ts";
import type { AgentCore } from "./core.ts";
import { inDialogRequest, retryInDialog, sendInDialog } from "./ours.ts";

/** Asks the far end of a standing call by OPTIONS inside its dialog whether it is still there; false when it does not stand. */
export function ask(core: AgentCore, now: Instant, call: Call): boolean {
  const { dialog } = call;
  if (call.state.kind !== "talking" || dialog === undefined) return false;
  const options = inDialogRequest(core, call, dialog, "OPTIONS", { headers: [acceptHeader] });
  return sendInDialog(core, now, call, dialog, options, (ours) => ({ kind: "asking", call, ours })) !== undefined;
}

/**
 * The answer, undefined when none came. Whatever it says it shows that the far end lives, but that it does not know the call
 * (481), or that a proxy did not reach it (408), as RFC 3261 section 12.2.1.2 has it.
 */
export function askAnswered(
  core: AgentCore,
  now: Instant,
  call: Call,
  ours: OurRequest,
  response: SipResponse | undefined,
): void {
  if (response !== undefined && response.status < 200) return;
  const again =
    response !== undefined &&
    retryInDialog(core, now, call, ours, response, (next) => ({ kind: "asking", call, ours: next }));
  if (again) return;
  const alive = response !== undefined && response.status !== 481 && response.status !== 408;
  core.events.push({ kind: "asked", call: call.id, alive });
}
