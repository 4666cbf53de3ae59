import { describe, expect, it } from "vitest";
import { isRead, nameOfFile } from "./sound.ts";

const bytes = (...values: (number | string)[]): Uint8Array =>
  Uint8Array.from(
    values.flatMap((value) => (typeof value === "number" ? [value] : [...value].map((letter) => letter.charCodeAt(0)))),
  );

describe("a sound file", () => {
  it("is sent as it is where the server reads it, and otherwise as what the browser makes of it", () => {
    for (const head of [
      bytes("RIFF", 1, 2, 3, 4, "WAVE"),
      bytes("ID3", 4),
      bytes("fLaC"),
      bytes("OggS"),
      bytes(0xff, 0xfb),
      bytes(0xff, 0xf3),
    ])
      expect(isRead(head)).toBe(true);
    for (const head of [bytes(0, 0, 0, 28, "ftypM4A "), bytes(0xff, 0xf1), bytes("FORM"), bytes("#!AMR"), bytes()])
      expect(isRead(head)).toBe(false);
  });

  it("gives the prompt its name", () => {
    expect(["Приветствие.mp3", "Welcome_2.final.wav", "memo", " a  b .m4a", ".mp3"].map(nameOfFile)).toEqual([
      "Приветствие",
      "Welcome 2.final",
      "memo",
      "a b",
      "",
    ]);
  });
});
