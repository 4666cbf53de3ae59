import { seenText } from "@centrala/kit";
import type { LoadedSettings } from "../settings/load.ts";
import { theCentre, withStore } from "./offline.ts";

type Rung = { readonly at: number; readonly order: number; readonly arrow: string; readonly text: string };

/** `centrala ladder CONTACT`: SIP messages and facts of a contact in order of time. */
export async function ladder(loaded: LoadedSettings, contactId: string): Promise<void> {
  const rungs = await withStore(loaded, async (store) => {
    const centreId = await theCentre(store);
    const entries = await store.journal.readContact(centreId, contactId);
    const messages = await store.traces.ofContact(centreId, contactId);
    const facts = entries.flatMap((entry) =>
      entry.facts
        .filter((fact) => "contactId" in fact && fact.contactId === contactId)
        .map((fact): Rung => ({ at: entry.at, order: 1, arrow: "    ·   ", text: `${fact.kind} ${shortened(fact)}` })),
    );
    const sip = messages.map(
      (message): Rung => ({
        at: message.at,
        order: 0,
        arrow: message.direction === "in" ? " ───▶   " : "   ◀─── ",
        text: `${firstLine(message.text)}  ${message.legId ?? ""} ${message.peer}`,
      }),
    );
    return [...sip, ...facts].sort((a, b) => a.at - b.at || a.order - b.order);
  });
  if (rungs.length === 0) throw new Error(`there is no contact ${contactId}`);
  const start = rungs[0]?.at ?? 0;
  for (const rung of rungs)
    process.stdout.write(
      `${((rung.at - start) / 1_000).toFixed(3).padStart(9)}${rung.arrow}${seenText(rung.text, "\ufffd")}\n`,
    );
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}

function shortened(fact: object): string {
  const { kind: _kind, contactId: _contactId, ...rest } = fact as Record<string, unknown>;
  const text = JSON.stringify(rest);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
