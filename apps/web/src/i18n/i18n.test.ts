import { errorTable } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { firstLanguage, languages, resources } from "./index.ts";

const plurals = { en: ["one", "other"], ru: ["one", "few", "many", "other"], bg: ["one", "other"] } as const;
const pluralEnding = /_(zero|one|two|few|many|other)$/;
const all = resources();
const english = all["en"] ?? {};

function flatten(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, each]) => flatten(each, path ? `${path}.${key}` : key));
}
function keysOf(language: string, area: string): string[] {
  return flatten(all[language]?.[area] ?? {}).map(([key]) => key);
}
function withoutPlural(keys: readonly string[]): string[] {
  return [...new Set(keys.map((key) => key.replace(pluralEnding, "")))].sort();
}

describe.each(Object.keys(english))("texts of %s", (area) => {
  it.each(languages)("has the same keys in %s as in English", (language) => {
    expect(withoutPlural(keysOf(language, area))).toEqual(withoutPlural(keysOf("en", area)));
  });

  it.each(languages)("has every plural form of %s", (language) => {
    const keys = keysOf(language, area);
    const missing = keys
      .filter((key) => pluralEnding.test(key))
      .flatMap((key) => plurals[language].map((form) => key.replace(pluralEnding, `_${form}`)))
      .filter((key) => !keys.includes(key));
    expect(missing).toEqual([]);
  });

  it.each(languages)("has no empty text in %s", (language) => {
    const empty = flatten(all[language]?.[area]).filter(([, text]) => typeof text !== "string" || text.trim() === "");
    expect(empty).toEqual([]);
  });

  it.each(["ru", "bg"] as const)("names the same values in %s as in English", (language) => {
    const wanted = new Map(flatten(english[area]).map(([key, text]) => [key, placeholders(text)]));
    const wrong = flatten(all[language]?.[area])
      .filter(([key]) => wanted.has(key))
      .filter(([key, text]) => placeholders(text).some((name) => !wanted.get(key)?.includes(name)))
      .map(([key]) => key);
    expect(wrong).toEqual([]);
  });
});

function placeholders(text: unknown): string[] {
  return [...String(text).matchAll(/\{\{(\w+)/g)].map((match) => match[1] ?? "");
}

describe("texts used by the code", () => {
  const sources = import.meta.glob<string>("../**/*.{ts,tsx}", { eager: true, query: "?raw", import: "default" });
  it("are all there", () => {
    const known = new Set(
      Object.keys(english).flatMap((area) =>
        keysOf("en", area).map((key) => `${area}:${key.replace(pluralEnding, "")}`),
      ),
    );
    const used = Object.entries(sources)
      .filter(([path]) => !path.includes(".test."))
      .flatMap(([path, text]) => [...text.matchAll(/\bt\(\s*"([a-z]+:[^"]+)"/g)].map((match) => `${path} ${match[1]}`));
    expect(used.filter((each) => !known.has(each.split(" ")[1] ?? ""))).toEqual([]);
  });

  it("have a sentence for every error code of the contract", () => {
    const keys = keysOf("en", "errors");
    expect(Object.keys(errorTable).filter((code) => !keys.includes(code))).toEqual([]);
  });
});

describe("the first language", () => {
  it("is the stored one, else the browser's first that we have, else English", () => {
    expect(firstLanguage("bg", ["ru"])).toBe("bg");
    expect(firstLanguage(null, ["de-DE", "ru-RU", "bg"])).toBe("ru");
    expect(firstLanguage("xx", ["de"])).toBe("en");
  });
});
