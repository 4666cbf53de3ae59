export const passwordLengthMin = 10;
export type Strength =
  | { readonly kind: "short"; readonly left: number }
  | { readonly kind: "weak" | "fair" | "strong" };

const common = /(password|parola|парол|qwerty|йцукен|явертъ|12345|abcde|абвгд|centrala|welcome)/i;

/** How hard a password is to guess: its length counts most; its variety, repetitions and own names after that. */
export function strengthOf(password: string, own: readonly string[]): Strength {
  const length = [...password].length;
  if (length < passwordLengthMin) return { kind: "short", left: passwordLengthMin - length };
  const lower = password.toLocaleLowerCase();
  const named = own.some((word) => word.length >= 3 && lower.includes(word.toLocaleLowerCase()));
  const different = new Set(lower).size;
  if (common.test(password) || named || different < 5 || /^\d+$/.test(password)) return { kind: "weak" };
  return { kind: length >= 16 || (length >= 12 && different >= 9) ? "strong" : "fair" };
}
