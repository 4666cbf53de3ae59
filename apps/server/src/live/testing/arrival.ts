import { type ScenarioStep, trunkSchema } from "@centrala/contract";
import { noNumbers } from "@centrala/domain/testing";
import type { TestApp } from "../../http/testing/test-app.ts";

/** The flow of a number that leads straight into the queue. */
const queueStep: ScenarioStep = { kind: "queue", label: "", queueId: "main", priority: 50, otherwise: null };

const trunk = trunkSchema.parse({ id: "t1", name: "Carrier", host: "sip.example", optionsEveryS: null });
const number = { id: "n1", number: "+35924000000", trunkId: "t1", clientId: "main", scenarioId: "direct" };
const caller = { raw: "0888123456", display: "0888 123 456", e164: "+359888123456" };

/** A call from 0888 123 456 comes to the only number; its flow is this one step. */
export async function callArrives(test: TestApp, contactId: string, first: ScenarioStep = queueStep): Promise<void> {
  const centre = test.centre();
  const flow = { id: "direct", name: "Direct", clientId: "main", language: "bg" as const };
  await test.store.entities.apply(centre.id, [
    { put: "trunk", value: trunk },
    { put: "number", value: { ...number, label: "Sales", recording: null } },
    { put: "scenario", value: { ...flow, start: "first", steps: { first } } },
  ]);
  await centre.config.reload();
  await centre.core.submit({
    kind: "callArrived",
    contactId,
    legId: `leg-${contactId}`,
    trunkId: trunk.id,
    numberId: number.id,
    ...noNumbers,
    callerAddressId: await test.store.addresses.findOrCreate(centre.id, caller),
  });
}
