/** The sixteen keys in the order of their RFC 4733 event codes 0 to 15. */
export const dtmfKeys = "0123456789*#ABCD";

/** Event code of a key (lower-case letters count as upper case); -1 when it is none. */
export function eventOfKey(key: string): number {
  return key.length === 1 ? dtmfKeys.indexOf(key.toUpperCase()) : -1;
}

/** The key of an event code; undefined for codes above 15 (flash, tones). */
export function keyOfEvent(event: number): string | undefined {
  return event >= 0 && event < 16 ? dtmfKeys[event] : undefined;
}

/** Only the keys of a text that may have spaces, dashes or pauses in it. */
export function onlyKeys(text: string): string {
  let keys = "";
  for (const letter of text) if (eventOfKey(letter) >= 0) keys += letter.toUpperCase();
  return keys;
}
