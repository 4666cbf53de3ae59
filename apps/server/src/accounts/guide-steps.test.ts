import { testNumberId } from "@centrala/contract";
import { expect, it } from "vitest";
import { type GuideStep, GuideWatch } from "./guide-steps.ts";

const numbers: Readonly<Record<string, string>> = { test: testNumberId, real: "hotline" };
const talk = (contactId: string) =>
  ({ kind: "talkStarted", contactId, operatorId: "o", legId: "l", roomId: "r", queueId: null }) as const;

it("a connected headset and an answered test call are done once, whoever's page sees it; a real call is no test", () => {
  const marked: GuideStep[] = [];
  const watch = new GuideWatch((step) => Promise.resolve(void marked.push(step)));
  const fold = (fact: Parameters<GuideWatch["fold"]>[0]) => watch.fold(fact, (id) => numbers[id] ?? null);
  fold(talk("real"));
  expect(marked).toEqual([]);
  fold({ kind: "headsetAttached", operatorId: "o", legId: "l" });
  fold(talk("test"));
  fold(talk("test"));
  expect(marked).toEqual(["headset", "testCall"]);
});

it("what could not be stored is tried again with the next one", async () => {
  let tries = 0;
  const watch = new GuideWatch(() => {
    tries += 1;
    return tries === 1 ? Promise.reject(new Error("the disk is full")) : Promise.resolve();
  });
  watch.fold(talk("test"), () => testNumberId);
  await Promise.resolve();
  await Promise.resolve();
  watch.fold(talk("test"), () => testNumberId);
  expect(tries).toBe(2);
});
