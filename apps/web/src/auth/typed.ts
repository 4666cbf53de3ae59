/** What people type is about customers: it stays on a computer only as long as whoever typed it. */
const typedPrefixes = ["centrala.notes.", "centrala.customer.", "centrala.studio."];

/** Takes everything typed out of a browser's storage. */
export function forgetTyped(storage: Pick<Storage, "length" | "key" | "removeItem">): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
  for (const key of keys) if (typedPrefixes.some((prefix) => key.startsWith(prefix))) storage.removeItem(key);
}
