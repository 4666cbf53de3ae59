import type { User } from "@centrala/contract";

const first = 201;
/** Emergency numbers lie elsewhere: 101 to 104, 112, 911, 999. */
const last = 899;

/** The first extension that nobody has; null when all of them are taken. */
export function freeExtension(users: readonly Pick<User, "extension">[]): string | null {
  const taken = new Set(users.map((user) => user.extension));
  for (let extension = first; extension <= last; extension += 1) {
    if (!taken.has(String(extension))) return String(extension);
  }
  return null;
}
