import { type Card, mergeCard, type ReadCard, type Remark, sameName } from "./card.ts";

/** A card that the centre has, as far as an import needs it. */
export type KnownCard = { readonly id: string; readonly version: number; readonly card: Card };

export type Verdict = "new" | "changed" | "doubtful" | "out";
/** Why a row was left out: nothing in it, the same card is there already, an earlier row said the same. */
export type OutReason = "ROW_EMPTY" | "ROW_KNOWN" | "ROW_REPEATED";

/** Whom a row belongs to: a customer of the centre, or the person of an earlier row. */
export type Owner = { readonly customerId: string; readonly version: number } | { readonly line: number };

export type PlannedRow = {
  readonly line: number;
  readonly verdict: Verdict;
  readonly reason: OutReason | null;
  /** The card as it will be; null where another row's card takes it in, and for rows left out. */
  readonly card: Card | null;
  /** Whose card a changed row goes to, or whom a doubtful one might be. */
  readonly owner: Owner | null;
  /** Name on the owner's card, for the question of a doubtful row. */
  readonly ownerName: string | null;
  readonly remarks: readonly Remark[];
};
export type Figures = Readonly<Record<Verdict, number>>;

type Person = {
  card: Card;
  /** The customer it is, when the centre knows it. */
  readonly known: KnownCard | null;
  /** The row that made or first changed it. */
  line: number | null;
};
type Placed = Omit<PlannedRow, "card"> & { readonly person: Person | null };

/**
 * What becomes of each row of a list. Rows are placed in order; the same number or address with the same name is the same
 * person, with another name it is a doubt, and two people unless somebody says otherwise.
 */
export class ImportPlan {
  readonly #rows: Placed[] = [];
  readonly #people = new Map<string, Person | Person[]>();
  readonly #known = new Map<string, Person>();

  /** Tells the plan of cards that the centre has; must come before the rows that share a number or address with them. */
  know(cards: readonly KnownCard[]): void {
    for (const known of cards) {
      if (this.#known.has(known.id)) continue;
      const person: Person = { card: known.card, known, line: null };
      this.#known.set(known.id, person);
      this.#index(person, known.card);
    }
  }

  /** Decides about the next row. @param read null for a row that says nothing of anybody */
  place(line: number, read: ReadCard | null): Verdict {
    const placed = this.#decide(line, read);
    this.#rows.push(placed);
    return placed.verdict;
  }

  #decide(line: number, read: ReadCard | null): Placed {
    if (read === null) return out(line, "ROW_EMPTY", null, []);
    const { card, remarks } = read;
    const sharing = this.#sharing(card);
    const same = sharing.find((person) => isSame(person.card, card));
    if (same !== undefined) return this.#join(line, same, card, remarks);
    const person: Person = { card, known: null, line };
    const [other] = sharing;
    this.#index(person, card);
    return {
      line,
      verdict: other === undefined ? "new" : "doubtful",
      reason: null,
      owner: other === undefined ? null : ownerOf(other),
      ownerName: other === undefined ? null : shownName(other.card),
      remarks,
      person,
    };
  }

  /** Leaves a row out that says what another line of the file says already: its heading once more. */
  repeat(line: number, of: number): void {
    this.#rows.push(out(line, "ROW_REPEATED", { line: of }, []));
  }

  get rows(): number {
    return this.#rows.length;
  }

  figures(): Figures {
    const figures = { new: 0, changed: 0, doubtful: 0, out: 0 };
    for (const { verdict } of this.#rows) figures[verdict] += 1;
    return figures;
  }

  /** All rows as they stand at the end, in order. */
  *planned(): Generator<PlannedRow> {
    for (const { person, ...row } of this.#rows) {
      yield { ...row, card: person !== null && person.line === row.line ? person.card : null };
    }
  }

  #join(line: number, person: Person, card: Card, remarks: readonly Remark[]): Placed {
    const merged = mergeCard(person.card, card);
    if (merged === person.card) {
      const reason = person.known === null ? "ROW_REPEATED" : "ROW_KNOWN";
      return out(line, reason, ownerOf(person), remarks);
    }
    person.card = merged;
    this.#index(person, card);
    const owner = ownerOf(person);
    person.line ??= line;
    return { line, verdict: "changed", reason: null, owner, ownerName: shownName(merged), remarks, person };
  }

  #sharing(card: Card): Person[] {
    const people = new Set<Person>();
    for (const handle of handlesOf(card)) {
      const found = this.#people.get(handle);
      if (Array.isArray(found)) for (const person of found) people.add(person);
      else if (found !== undefined) people.add(found);
    }
    return [...people];
  }

  #index(person: Person, card: Card): void {
    for (const handle of handlesOf(card)) {
      const people = this.#people.get(handle);
      // Nearly every number is one person's: a list for each would be most of the memory.
      if (people === undefined) this.#people.set(handle, person);
      else if (!Array.isArray(people)) {
        if (people !== person) this.#people.set(handle, [people, person]);
      } else if (!people.includes(person) && people.length < sharingMax) people.push(person);
    }
  }
}

/** A switchboard's number stands on thousands of cards; among so many a person is looked for no further. */
const sharingMax = 500;

function handlesOf(card: Card): string[] {
  return [...card.phones, ...card.emails];
}

/** Without a name of its own a row is whoever has the number. */
function isSame(person: Card, card: Card): boolean {
  const firm = card.company === "" || person.company === "" || sameName(person.company, card.company);
  if (card.name === "") return firm;
  if (sameName(person.name, card.name)) return true;
  return person.name === ""
    ? person.company === "" || sameName(person.company, card.company)
    : handlesOf(person).includes(person.name);
}

function shownName(card: Card): string {
  return card.name || card.company || (card.phones[0] ?? card.emails[0] ?? "");
}

function ownerOf(person: Person): Owner {
  if (person.known !== null) return { customerId: person.known.id, version: person.known.version };
  return { line: person.line ?? 0 };
}

function out(line: number, reason: OutReason, owner: Owner | null, remarks: readonly Remark[]): Placed {
  return { line, verdict: "out", reason, owner, ownerName: null, remarks, person: null };
}
