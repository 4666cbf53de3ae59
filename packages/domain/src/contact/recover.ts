import type { Input } from "@centrala/contract";
import { act, type Draft, emit } from "../draft.ts";
import { headsetLost } from "../operator/duty.ts";
import { times } from "../state.ts";
import { endContact } from "./end.ts";
import { legEnded } from "./legs.ts";

/**
 * The first input after a start. Legs that did not survive end as SERVER_RESTARTED and are dropped, so that the shell
 * says BYE to their far ends; contacts without their customer end; operators are waited for until their desks are back.
 */
export function onRecovered(draft: Draft, input: Extract<Input, { kind: "recovered" }>): void {
  const alive = new Set(input.legsAlive);
  const lost = [...draft.state.legs.values()].filter((leg) => !alive.has(leg.id));
  emit(draft, { kind: "recovered", legsLost: lost.length });
  for (const leg of lost) {
    if (leg.standing) continue;
    const contact = leg.contactId === null ? undefined : draft.state.contacts.get(leg.contactId);
    if (contact === undefined || !draft.state.legs.has(leg.id)) continue;
    act(draft, { kind: "dropLeg", legId: leg.id, code: "SERVER_RESTARTED" });
    legEnded(draft, { leg, contact }, "SERVER_RESTARTED", null);
  }
  for (const contact of [...draft.state.contacts.values()]) {
    if (contact.customerLegId === null && contact.legIds.length === 0) endContact(draft, contact, "SERVER_RESTARTED");
  }
  for (const leg of lost) {
    if (!leg.standing || leg.operatorId === null || !draft.state.legs.has(leg.id)) continue;
    headsetLost(draft, leg.operatorId, leg.id, draft.at + times.deviceWaitMs, "restart");
  }
}
