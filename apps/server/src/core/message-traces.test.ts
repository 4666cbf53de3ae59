import { type TraceInput, tracesPerContactMax } from "@centrala/store";
import { expect, it } from "vitest";
import { MessageTraces } from "./message-traces.ts";

function message(contactId: string, text: string): TraceInput {
  return { contactId, legId: "leg", at: 1, direction: "in", peer: "UDP 192.0.2.1:5060", text };
}

it("stores what was gathered by centre, and leaves out what is over a contact's limit", async () => {
  const stored: [string, readonly TraceInput[]][] = [];
  const append = async (centreId: string, messages: readonly TraceInput[]) => void stored.push([centreId, messages]);
  const traces = new MessageTraces({ traces: { append } } as never, { warn: () => {} });
  for (let count = 0; count < tracesPerContactMax + 5; count += 1) traces.add("one", message("loud", `${count}`));
  traces.add("one", message("quiet", "INVITE"));
  traces.add("two", message("quiet", "BYE"));
  await traces.flush();
  traces.add("one", message("loud", "again"));
  await traces.flush();
  expect(stored.map(([centreId, messages]) => [centreId, messages.length, messages.at(-1)])).toEqual([
    ["one", tracesPerContactMax + 1, message("quiet", "INVITE")],
    ["two", 1, message("quiet", "BYE")],
  ]);
});

it("holds 32 million characters at most while nothing can be stored", async () => {
  const stored: number[] = [];
  const append = async (_centreId: string, messages: readonly TraceInput[]) => void stored.push(messages.length);
  const traces = new MessageTraces({ traces: { append } } as never, { warn: () => {} });
  const large = "x".repeat(1_000_000);
  for (let count = 0; count < 40; count += 1) traces.add("one", message(`contact-${count}`, large));
  await traces.flush();
  traces.add("one", message("after", large));
  await traces.flush();
  expect(stored).toEqual([32, 1]);
});
