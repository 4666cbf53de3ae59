import type { ContactEndCode, JournalEntry } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import type { CentreLive } from "./centre-live.ts";
import { newMemory } from "./memory.ts";
import { touchedBy } from "./touched.ts";

const closed = [
  {
    seq: 1,
    at: 0,
    version: 1,
    input: { kind: "tick" },
    facts: [
      {
        kind: "recordingClosed",
        contactId: "c",
        recordingId: "r",
        durationMs: 9_000,
        bytes: 1,
        sha256: "0".repeat(64),
      },
    ],
  },
] as unknown as readonly JournalEntry[];

/** A centre that remembers one contact, which ended so; or none. */
function liveWith(endCode: ContactEndCode | null): CentreLive {
  const memory = endCode === null ? undefined : { ...newMemory("c"), endCode, operatorIds: new Set(["anna"]) };
  return { memories: { get: () => memory } } as unknown as CentreLive;
}

describe("lists that change", () => {
  it.each([
    ["VOICEMAIL_LEFT", ["contacts", "missed"]],
    ["CUSTOMER_HUNG_UP", ["contacts"]],
    [null, ["contacts", "missed"]],
  ] as const)("show a recording when its file is whole, and a message in the missed list: %s", (endCode, changed) => {
    expect([...touchedBy(liveWith(endCode), closed).changed]).toEqual(changed);
  });
});
