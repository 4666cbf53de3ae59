import { expect, it } from "vitest";
import { ownText } from "./text.ts";

it("a text of its own is the same text, whatever characters it holds", () => {
  for (const text of ["", "+359881234567", 'a "quoted" \\ line\r\n\0', "Мария \ud83d\ude00", "\ud800 alone", "\u2028"])
    expect(ownText(`before ${text} after`.slice(7, 7 + text.length))).toBe(text);
});
