/** What a request about many rows answers: see the contract's bulk routes. */
export type BulkStep = {
  readonly done: readonly string[];
  readonly refused: readonly Refused[];
  readonly next?: string | null;
};
export type Refused = {
  readonly id: string;
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly message: string;
};
/** One request's share: these rows, or from here on whatever the list finds. */
export type BulkPart = { readonly ids: string[] } | { readonly cursor?: string };

export const bulkPart = 1_000;

/**
 * Asks for one part after the other until all are done or `goesOn` says no.
 * @param ids the rows; null: all that the list finds
 */
export async function runBulk<S extends BulkStep>(
  ids: readonly string[] | null,
  ask: (part: BulkPart) => Promise<S>,
  onStep: (steps: readonly S[]) => void,
  goesOn: () => boolean,
): Promise<readonly S[]> {
  const steps: S[] = [];
  let cursor: string | null | undefined;
  for (let at = 0; goesOn() && (ids === null ? cursor !== null : at < ids.length); at += bulkPart) {
    const part = ids === null ? (cursor ? { cursor } : {}) : { ids: ids.slice(at, at + bulkPart) };
    const step = await ask(part);
    steps.push(step);
    cursor = step.next ?? null;
    onStep(steps);
  }
  return steps;
}

export function totals(steps: readonly BulkStep[]): { readonly done: string[]; readonly refused: Refused[] } {
  return { done: steps.flatMap((step) => step.done), refused: steps.flatMap((step) => step.refused) };
}
