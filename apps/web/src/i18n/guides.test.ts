import { describe, expect, it } from "vitest";
import type { InterfaceLanguage } from "./index.ts";
import { resources } from "./testing/resources.ts";

const guides = import.meta.glob<string>(["../../../../docs/guide/*.md", "../../../../README.md"], {
  eager: true,
  query: "?raw",
  import: "default",
});
const images = Object.keys(import.meta.glob("../../../../docs/images/*"));

function textsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [String(value)];
  return Object.values(value).flatMap(textsOf);
}
function languageOf(path: string): InterfaceLanguage {
  return /\.(ru|bg)\.md$/.exec(path)?.[1] === "ru" ? "ru" : path.endsWith(".bg.md") ? "bg" : "en";
}
/** Guides break their lines where the width ends, also inside a term. */
function joined(text: string): string {
  return text.replace(/```[\s\S]*?```/g, "").replace(/\n(?!\n)\s*/g, " ");
}
/** Keys are the same in every language; a bold beginning that ends in a full stop is a small heading. */
function isTerm(term: string): boolean {
  return !/^(Alt|Ctrl)[+-]./.test(term) && !/[.:]$/.test(term);
}

describe.each(Object.entries(guides))("%s", (path, text) => {
  const known = new Set(textsOf(resources()[languageOf(path)]));
  const body = joined(text);

  it("names buttons, pages and states as the interface does in its language", () => {
    const terms = [...body.matchAll(/\*\*([^*]+)\*\*/g)].map((match) => match[1] ?? "").filter(isTerm);
    expect(terms.filter((term) => !known.has(term))).toEqual([]);
  });

  it("names the ways through the set-up as the interface does", () => {
    const ways = [...body.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g)].flatMap((match) => (match[1] ?? "").split(", "));
    expect(ways.filter((part) => !known.has(part))).toEqual([]);
  });

  it("shows pictures that are there", () => {
    const shown = [...text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(
      (match) => (match[1] ?? "").split("/").at(-1) ?? "",
    );
    expect(shown.filter((name) => !images.some((image) => image.endsWith(`/${name}`)))).toEqual([]);
  });
});
