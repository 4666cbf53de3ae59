const letters: Record<string, string> = {
  а: "a",
  б: "b",
  в: "v",
  г: "g",
  д: "d",
  е: "e",
  ё: "e",
  ж: "zh",
  з: "z",
  и: "i",
  й: "y",
  к: "k",
  л: "l",
  м: "m",
  н: "n",
  о: "o",
  п: "p",
  р: "r",
  с: "s",
  т: "t",
  у: "u",
  ф: "f",
  х: "h",
  ц: "ts",
  ч: "ch",
  ш: "sh",
  щ: "sht",
  ъ: "a",
  ы: "y",
  ь: "",
  э: "e",
  ю: "yu",
  я: "ya",
};
const keyLengthMax = 48;

/** A key made of a name: Latin lower-case letters, digits and hyphens; a number follows when it is taken. */
export function keyOf(name: string, taken: readonly string[], fallback = "item"): string {
  const latin = [...name.toLowerCase().normalize("NFC")].map((letter) => letters[letter] ?? letter).join("");
  const plain = latin
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, keyLengthMax)
    .replace(/-+$/, "");
  const base = plain || fallback;
  if (!taken.includes(base)) return base;
  for (let number = 2; ; number += 1) {
    const key = `${base}-${number}`;
    if (!taken.includes(key)) return key;
  }
}
