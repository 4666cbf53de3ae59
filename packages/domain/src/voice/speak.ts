import type { Audible, PromptRef } from "@centrala/contract";
import type { Contact } from "../contact/contact.ts";
import { act, type Draft, emit } from "../core/draft.ts";

/** Answers the customer's incoming leg if nobody has yet: what follows is heard (and charged). */
export function answerCustomer(draft: Draft, contact: Contact): void {
  const leg = contact.customerLegId === null ? undefined : draft.state.legs.get(contact.customerLegId);
  if (leg === undefined || !leg.incoming || leg.state === "answered") return;
  act(draft, { kind: "answerLeg", legId: leg.id });
  emit(draft, { kind: "legAnswered", legId: leg.id, contactId: contact.id, trunkId: null });
}

/** A prompt as it is played to this contact: shipped sounds in its language. */
export function audible(contact: Contact, prompt: PromptRef): Audible {
  return prompt.kind === "sound"
    ? { kind: "sound", name: prompt.name, language: contact.language }
    : { kind: "prompt", promptId: prompt.promptId };
}

export function sound(contact: Contact, name: string): Audible {
  return { kind: "sound", name, language: contact.language };
}
