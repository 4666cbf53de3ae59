import type { Effect, Input } from "@centrala/contract";
import type { Leg } from "../contact/contact.ts";
import { act, type Draft, emit } from "../core/draft.ts";
import { times } from "../core/limits.ts";
import { endArrivals } from "./arrive.ts";
import { endContact } from "./end.ts";
import { headsetLost } from "./headset.ts";
import { legEnded } from "./leg-events.ts";

/**
 * The first input after a start. Legs that did not survive end as SERVER_RESTARTED and are dropped, so that the shell
 * says BYE to their far ends; contacts without their customer end; operators are waited for until their desks are back.
 */
export function onRecovered(draft: Draft, input: Extract<Input, { kind: "recovered" }>): void {
  const alive = new Set(input.legsAlive);
  const lost = [...draft.state.legs.values()].filter((leg) => !alive.has(leg.id));
  const { aliveUntil } = input;
  emit(draft, { kind: "recovered", legsLost: lost.length, aliveUntil });
  // Whoever is on duty and has no telephone any more is waited for from now on.
  draft.allTouched = true;
  endArrivals(draft);
  endWithoutCustomer(draft, alive);
  for (const leg of lost) if (!leg.standing) endLost(draft, leg);
  for (const leg of lost) {
    if (!leg.standing || leg.operatorId === null || !draft.state.legs.has(leg.id)) continue;
    headsetLost(draft, leg.operatorId, leg.id, draft.at + times.deviceWaitMs, "restart");
  }
  silence(draft, new Set(lost.map((leg) => leg.id)));
}

function endWithoutCustomer(draft: Draft, alive: ReadonlySet<string>): void {
  for (const contact of [...draft.state.contacts.values()]) {
    const served =
      contact.customerLegId === null ? contact.legIds.some((leg) => alive.has(leg)) : alive.has(contact.customerLegId);
    if (!served) endContact(draft, contact, "SERVER_RESTARTED", "SERVER_RESTARTED");
  }
}

function endLost(draft: Draft, leg: Leg): void {
  const contact = leg.contactId === null ? undefined : draft.state.contacts.get(leg.contactId);
  if (contact === undefined || !draft.state.legs.has(leg.id)) return;
  act(draft, { kind: "dropLeg", legId: leg.id, code: "SERVER_RESTARTED" });
  legEnded(draft, { leg, contact }, "SERVER_RESTARTED", null);
}

/** Legs are ended one by one, so in between something may have been asked of one whose turn had not come yet. */
function silence(draft: Draft, lost: ReadonlySet<string>): void {
  const kept = draft.effects.filter((effect) => effect.kind === "dropLeg" || !mentions(effect, lost));
  draft.effects.splice(0, draft.effects.length, ...kept);
}

function mentions(effect: Effect, legs: ReadonlySet<string>): boolean {
  if ("legId" in effect) return legs.has(effect.legId);
  if (effect.kind === "setRoom") return Object.keys(effect.hears).some((leg) => legs.has(leg));
  return effect.kind === "record" && [effect.customerLegId, ...effect.operatorLegIds].some((leg) => legs.has(leg));
}
