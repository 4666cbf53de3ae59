import { parseMessage, type SipRequest } from "@centrala/sip";
import { describe, expect, it } from "vitest";
import { callerOf, isNumber, userOf } from "./identity.ts";

/** A call with this From and these lines. */
function call(from: string, lines: readonly string[] = []): SipRequest {
  const text = [
    "INVITE sip:100@us SIP/2.0",
    "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa",
    `From: ${from};tag=a`,
    "To: <sip:100@us>",
    "Call-ID: a",
    "CSeq: 1 INVITE",
    ...lines,
  ];
  const result = parseMessage(new TextEncoder().encode(`${text.join("\r\n")}\r\n\r\n`));
  if (!result.ok || result.message.kind !== "request") throw new Error("no request");
  return result.message;
}

const nobody = { caller: null, callerName: null, asserted: null };
const pai = 'P-Asserted-Identity: "Ivan" <tel:+359888111222>';

it("[ATTACK] a name and a number turn nothing round and move no cursor", () => {
  expect(callerOf(call('"\u202eIvan \u200fP\u0085etrov\ufeff" <sip:0888%E2%80%AE123456@c>'), true)).toEqual({
    caller: "0888123456",
    callerName: "Ivan Petrov",
    asserted: null,
  });
  expect(callerOf(call('"\u202e\u2066" <sip:0888123456@c>'), true).callerName).toBeNull();
});

describe("withheld is withheld", () => {
  it.each([
    ["Privacy: id", '"Anonymous" <sip:anonymous@anonymous.invalid>', [pai, "Privacy: id"]],
    ["Privacy beside a number", "<sip:+359888111222@carrier>", [pai, "Privacy: user;id"]],
    ["Privacy in large letters and a list", "<sip:+359888111222@carrier>", [pai, "Privacy: Header, Critical"]],
    ["a From that says so, without Privacy", '"Anonymous" <sip:anonymous@anonymous.invalid>', [pai]],
    ["a user of anonymous.invalid", "<sip:c7@anonymous.invalid>", [pai]],
    [
      "Remote-Party-ID with privacy",
      "<sip:+359888111222@carrier>",
      ["Remote-Party-ID: <sip:1@c>;privacy=full;screen=yes"],
    ],
    ["an empty user part", "<sip:@192.0.2.1>", []],
    ["no URI at all", "Anonymous <>", []],
  ])("%s", (_what, from, lines) => {
    expect(callerOf(call(from, lines), true)).toEqual(nobody);
  });

  it.each([
    "withheld",
    "blocked",
    "hidden",
    "private_number",
    "Private",
    "nobody",
    "none",
    "0",
    "P",
    "no-number",
    "coming-soon",
    "00000000",
    "asterisk",
    "-",
    "+",
    "7",
    "Restricted",
    "Unavailable",
    "unknown",
    "anonymous1",
    "Anonymous%20Caller",
    "266696687",
    "+000",
    "N/A",
    "CLIR",
    "caller-withheld",
    "out-of-area",
  ])("%s is nobody's number", (user) => {
    expect(callerOf(call(`<sip:${user}@carrier.example>`), true).caller).toBeNull();
    expect(
      callerOf(call("<sip:1@c>", [`P-Asserted-Identity: <sip:${user}@carrier.example>`]), true).asserted,
    ).toBeNull();
  });

  it("where From only lacks a number, or the caller allows it, the asserted one stands", () => {
    const asserted = (from: string, lines: readonly string[] = []) =>
      callerOf(call(from, [pai, ...lines]), true).asserted;
    expect([
      asserted("<sip:unknown@carrier>"),
      asserted("<sip:gateway@carrier>"),
      asserted("<sip:@carrier>"),
      asserted("<sip:anonymous@anonymous.invalid>", ["Privacy: none"]),
    ]).toEqual(Array(4).fill("+359888111222"));
  });
});

describe("who calls", () => {
  it.each([
    [
      "a SIP name and a tel number",
      ['P-Asserted-Identity: "X" <sip:opaque-user-77@ims.example>, <tel:+359888111333>'],
      "+359888111333",
    ],
    [
      "the same in two lines",
      ["P-Asserted-Identity: <sip:opaque-user-77@ims>", "P-Asserted-Identity: <tel:+359-888-111-333>"],
      "+359888111333",
    ],
    [
      "a SIP name and a SIP number",
      ["P-Asserted-Identity: <sip:opaque-user-77@ims>, <sip:+359888111333@ims;user=phone>"],
      "+359888111333",
    ],
    ["a SIP name alone", ["P-Asserted-Identity: <sip:opaque-user-77@ims>"], "opaque-user-77"],
    ["nobody first", ["P-Asserted-Identity: <sip:anonymous@anonymous.invalid>, <tel:+359888111333>"], "+359888111333"],
    [
      "Remote-Party-ID of older switches",
      ['Remote-Party-ID: "I" <sip:+359888111333@c>;party=calling;privacy=off;screen=yes'],
      "+359888111333",
    ],
    ["both: the newer", ["Remote-Party-ID: <sip:111@c>", "P-Asserted-Identity: <tel:+359888111333>"], "+359888111333"],
    ["one that can't be read", ['P-Asserted-Identity: ;;"<'], null],
  ])("%s", (_what, lines, expected) => {
    expect(callerOf(call("<sip:0888@carrier>", lines), true).asserted).toBe(expected);
    expect(callerOf(call("<sip:0888@carrier>", lines), false).asserted).toBeNull();
  });

  it("a name that only says nobody is none; others stay, cleaned", () => {
    const named = (from: string) => callerOf(call(from), true).callerName;
    expect([
      named('"Anonymous" <sip:+359888111222@c>'),
      named('"Unknown Caller" <sip:+359888111222@c>'),
      named('"Sami\\" <sip:+359888111222@c>'),
      named("Иван Петров <sip:+359888111222@c>"),
      named('"+359888111222" <sip:+359888111222@c>'),
      // Written by a switch that knows no UTF-8.
      named('"\uFFFD\uFFFD\uFFFD\uFFFD" <sip:+359888111222@c>'),
    ]).toEqual([null, null, "Sami", "Иван Петров", null, null]);
  });

  it("numbers are found where the URI is not quite one", () => {
    expect(
      [
        "sip:+359888111222@",
        "sip:+359 888 111222@c",
        "sip:+359888111222;npdi@c;user=phone",
        "tel:+359(888)111-222",
        "0888",
        "",
      ].map(userOf),
    ).toEqual(["+359888111222", "+359 888 111222", "+359888111222", "+359888111222", null, null]);
    expect(["+359888111222", "201", "*21#", "10", "anna7", "anna77"].map(isNumber)).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });
});
