/** A number above 0 and not above `max`, or the one line that names the flag. */
export function numberOf(flag: string, given: unknown, max: number): number {
  const value = Number(given);
  if (!Number.isFinite(value) || value <= 0 || value > max)
    throw new Error(`${flag} takes a number above 0, at most ${max}; not ${String(given)}`);
  return value;
}

/** How many, where none is an answer too: a whole number not above `max`, or the one line that names the flag. */
export function countOf(flag: string, given: unknown, max: number): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new Error(`${flag} takes a whole number from 0 to ${max}; not ${String(given)}`);
  return value;
}
