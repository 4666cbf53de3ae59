import { SeededRandom } from "@centrala/kit";

/**
 * Something that happens in a simulated world at a time: what of the things there are it happens to, `a` and `b` choose.
 * `id` stays with it while other moves are left out, so that what it chooses by chance stays the same.
 */
export type Move = {
  readonly id: number;
  readonly atMs: number;
  readonly kind: string;
  readonly a: number;
  readonly b: number;
};

export type Plan = { readonly seed: number; readonly moves: readonly Move[] };

/** How often a kind of move is made beside the others. `rare`: most worlds have it not at all. */
export type Kind = { readonly kind: string; readonly weight: number; readonly rare?: boolean };

/** Mean times between two moves: some worlds are hurried, some have long silences. */
const gapsMs = [30, 200, 1_000, 4_000];
/** Every world likes some moves more than others, and leaves some out: faults that need many of one kind are found so. */
const shares = [0, 0.3, 1, 1, 3];
const raresShares = [0, 0, 1, 2];

/** A plan by its seed: the same seed gives the same moves. */
export function planOf(seed: number, kinds: readonly Kind[], movesMax: number): Plan {
  const random = new SeededRandom(hash(`${seed} plan`));
  const weighed = kinds.map(({ kind, weight, rare }) => ({
    kind,
    weight: weight * random.pick(rare === true ? raresShares : shares),
  }));
  const sum = weighed.reduce((total, { weight }) => total + weight, 0);
  const gapMs = random.pick(gapsMs);
  const moves: Move[] = [];
  let atMs = 0;
  const count = 10 + random.below(Math.max(1, movesMax - 10));
  for (let id = 1; id <= count; id += 1) {
    atMs += Math.floor(gapMs * 2 * (random.next() / 2 ** 32));
    // Some things happen at the same instant.
    if (random.below(6) === 0) atMs = moves.at(-1)?.atMs ?? atMs;
    let rest = (random.next() / 2 ** 32) * sum;
    const chosen = weighed.find(({ weight }) => (rest -= weight) < 0) ?? weighed[0];
    moves.push({ id, atMs, kind: chosen?.kind ?? "", a: random.below(1_000_000), b: random.below(1_000_000) });
  }
  return { seed, moves };
}

/** Chance that belongs to one thing of a world: it stays the same whatever becomes of the others. */
export function chanceOf(seed: number, name: string): SeededRandom {
  return new SeededRandom(hash(`${seed} ${name}`));
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
