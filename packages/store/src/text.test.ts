import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { hashPassword, verifyPassword } from "./password.ts";
import { decodeCursor, encodeCursor, limitOf } from "./repository/page.ts";
import { customerWords, numberWords, searchTerms } from "./repository/words.ts";
import { prefixEnd, toJson } from "./text.ts";

/** PostgreSQL's collation "C" on UTF-8 compares bytes. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe("text for PostgreSQL", () => {
  it("replaces NUL and lone surrogates and nothing else", () => {
    expect(toJson({ "a\0": ["\ud800", 1, null, { b: "ok \\u0000" }] })).toBe(
      '{"a\ufffd":["\ufffd",1,null,{"b":"ok \\\\u0000"}]}',
    );
    expect(toJson("пример 😀")).toBe('"пример 😀"');
  });

  it("ends a prefix's range so that all that begins so is inside and nothing else", () => {
    const random = new SeededRandom(1);
    const letters = ["a", "z", "я", "\ud7ff", "\ue000", "😀", "\u{10ffff}", "0"];
    const word = () => Array.from({ length: 1 + random.below(4) }, () => random.pick(letters)).join("");
    for (let round = 0; round < 2_000; round += 1) {
      const [prefix, text] = [word(), word()];
      const inside = compareBytes(text, prefix) >= 0 && compareBytes(text, prefixEnd(prefix)) < 0;
      expect([prefix, text, inside]).toEqual([prefix, text, text.startsWith(prefix)]);
    }
  });
});

describe("search words", () => {
  it("keeps numbers apart from names", () => {
    const handles = [{ kind: "phone" as const, value: "+35928", label: "" }];
    const words = customerWords({ name: "Иван 359", company: "", handles });
    expect(words).toEqual(["+35928", "-82953", "иван", "359"]);
  });

  it("finds a number with and without its country code, whatever the code's length", () => {
    expect(numberWords("+359888123456")).toEqual(["+359888123456", "+888123456", "-654321888953"]);
    expect(numberWords("+74951234567")[1]).toBe("+4951234567");
    expect(numberWords("+493012345678")[1]).toBe("+3012345678");
    expect(numberWords("100200")).toEqual(["+100200", "+00200", "+0200", "+200", "-002001"]);
  });

  it("takes three and more digits for a number, also the national way", () => {
    expect(searchTerms("0888 12")).toEqual([["+088812", "-218880", "+88812", "-21888"]]);
    expect(searchTerms("12")).toEqual([["12"]]);
    expect(searchTerms("Иван-Асен II")).toEqual([["иван"], ["асен"], ["ii"]]);
  });
});

describe("cursors and limits", () => {
  it("reads back only what fits the list", () => {
    expect(decodeCursor({ cursor: encodeCursor([5, "x"]) }, ["number", "string"])).toEqual([5, "x"]);
    expect(decodeCursor({ cursor: encodeCursor(["5", "x"]) }, ["number", "string"])).toBeUndefined();
    expect(decodeCursor({ cursor: encodeCursor([5]) }, ["number", "string"])).toBeUndefined();
    expect(decodeCursor({ cursor: encodeCursor(["a\0"]) }, ["string"])).toBeUndefined();
    expect(decodeCursor({ cursor: "{}" }, ["string"])).toBeUndefined();
  });

  it("bounds every list", () => {
    expect([undefined, 0, -5, 7.9, 1e9, Number.NaN].map((limit) => limitOf({ limit }))).toEqual([50, 1, 1, 7, 200, 50]);
  });
});

describe("passwords", () => {
  it("verifies its own hashes, however the letters are composed, and no others", async () => {
    const hash = await hashPassword("пароль й");
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword("пароль й".normalize("NFD"), hash)).toBe(true);
    expect(await verifyPassword("пароль и", hash)).toBe(false);
    expect(await verifyPassword("x", "$2b$10$abc")).toBe(false);
    expect(await hashPassword("пароль й")).not.toBe(hash);
  });
});
