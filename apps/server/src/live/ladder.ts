import type { Fact } from "@centrala/contract";
import type { Store, TraceInput } from "@centrala/store";

export type LadderItem = {
  readonly at: number;
  readonly kind: "sip" | "fact" | "media";
  readonly direction: "in" | "out" | "none";
  readonly leg: string | null;
  readonly title: string;
  readonly text: string;
};

/** Messages that are not in the store yet; told after what was on its way there has arrived. */
type LiveMessages = (centreId: string, contactId: string) => Promise<readonly TraceInput[]>;

/** SIP messages and facts of a contact in order of time, also of one that goes on: what `centrala ladder` and the technician's page show. */
export async function ladderOf(
  store: Store,
  liveMessages: LiveMessages,
  centreId: string,
  contactId: string,
): Promise<LadderItem[]> {
  // First what is live: a leg that ends meanwhile is then in both, and never in none.
  const live = await liveMessages(centreId, contactId);
  const [entries, stored] = await Promise.all([
    store.journal.readContact(centreId, contactId),
    store.traces.ofContact(centreId, contactId),
  ]);
  const traces = withLive(stored, live);
  const facts = entries.flatMap((entry) =>
    entry.facts
      .filter((fact) => "contactId" in fact && fact.contactId === contactId)
      .map(
        (fact): LadderItem => ({
          at: entry.at,
          kind: "fact",
          direction: "none",
          leg: legOf(fact),
          title: fact.kind,
          text: factText(fact),
        }),
      ),
  );
  const messages = traces.map(
    (trace): LadderItem => ({
      at: trace.at,
      kind: "sip",
      direction: trace.direction,
      leg: trace.legId,
      title: `${firstLine(trace.text)} (${trace.peer})`,
      text: trace.text,
    }),
  );
  return [...messages, ...facts].sort((left, right) => left.at - right.at);
}

/** The messages of a leg are stored at once when it is over: those of a stored leg are complete there. */
function withLive(stored: readonly TraceInput[], live: readonly TraceInput[]): readonly TraceInput[] {
  const over = new Set(stored.map(({ legId }) => legId));
  const seen = new Set<string>();
  return [...stored, ...live.filter(({ legId }) => !over.has(legId))].filter((message) => {
    const key = JSON.stringify(message);
    return !seen.has(key) && seen.add(key);
  });
}

function legOf(fact: Fact): string | null {
  return "legId" in fact && typeof fact.legId === "string" ? fact.legId : null;
}

/** Keys of a menu may say more than a technician needs to know. */
function factText(fact: Fact): string {
  return JSON.stringify(fact, (key, value: unknown) =>
    key === "kind" || key === "contactId" || key === "keys" ? undefined : value,
  );
}

function firstLine(text: string): string {
  return (text.split(/\r?\n/, 1)[0] ?? "").slice(0, 120);
}
