/**
 * A handler that never throws: what it stumbles over is reported, and then undone as far as it can be. Messages come in gathered
 * batches, and one that can't be taken must not take those behind it along.
 * @param failed what to do about the thing itself, for example to end the leg that it is about; may throw, too
 */
export function guarded<Given extends readonly unknown[]>(
  work: (...given: Given) => void,
  report: (error: unknown) => void,
  failed?: (...given: Given) => void,
): (...given: Given) => void {
  return (...given) => {
    try {
      work(...given);
    } catch (error) {
      report(error);
      try {
        failed?.(...given);
      } catch (second) {
        report(second);
      }
    }
  };
}
