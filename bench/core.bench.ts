// Steps a second of the pure core, and how long one step takes, with 500 operators on duty and 1,000 callers waiting:
// calls come, are offered to whoever is longest idle, accepted, ended, wrapped up; announcements and tiers go on meanwhile.
import type { CoreConfig, Input } from "@centrala/contract";
import { emptyState, fold, fromSnapshot, nextDeadline, step, toSnapshot } from "@centrala/domain";
import { noNumbers, testConfig, testQueue } from "@centrala/domain/testing";
import { report } from "./support/figures.ts";

const operators = Number(process.env["BENCH_OPERATORS"] ?? 500);
const waiting = Number(process.env["BENCH_WAITING"] ?? 1_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 20_000);

const ids = Array.from({ length: operators }, (_, index) => `operator-${index}`);
const config: CoreConfig = testConfig({
  recordCalls: true,
  recordingNotice: false,
  operators: ids.map((id) => ({ id, extension: null, skills: [], deviceIds: [] })),
  queues: [
    testQueue({
      waitingMax: 10_000,
      announcePosition: true,
      operators: ids.map((userId, index) => ({ userId, tier: 1 + (index % 3) })),
    }),
  ],
});

const state = emptyState();
const entries: { at: number; facts: ReturnType<typeof step>["facts"] }[] = [];
const samples: Record<string, number[]> = {};
let at = 1_793_606_400_000;
let seq = 0;
let calls = 0;

function put(input: Input): void {
  seq += 1;
  const before = process.hrtime.bigint();
  const decision = step(state, seq, at, input);
  const tookNs = Number(process.hrtime.bigint() - before);
  if (decision.fault !== null) throw new Error(decision.fault);
  (samples[input.kind] ??= []).push(tookNs);
  if (decision.facts.length > 0) entries.push({ at, facts: decision.facts });
}

function arrive(): void {
  calls += 1;
  put({
    kind: "callArrived",
    contactId: `call-${calls}`,
    legId: `leg-${calls}`,
    trunkId: "carrier",
    numberId: "hotline",
    ...noNumbers,
    callerAddressId: "a",
    calledAddressId: "b",
  });
}

function answerAll(): void {
  for (const offer of [...state.offers.values()]) {
    put({ kind: "offerAccepted", offerId: offer.id, operatorId: offer.operatorId });
  }
}

put({ kind: "configured", config });
for (const [index, operatorId] of ids.entries()) {
  put({ kind: "headsetAttached", operatorId, legId: `headset-${index}` });
  put({ kind: "operatorWent", operatorId, to: "available", reasonId: null, byUserId: null });
}
for (let index = 0; index < operators + waiting; index += 1) {
  arrive();
  at += 10;
}
answerAll();
for (const key of Object.keys(samples)) delete samples[key];
const talking: string[] = [];
for (const contact of state.contacts.values()) if (contact.phase.kind === "talking") talking.push(contact.id);

const started = process.hrtime.bigint();
const startSeq = seq;
for (let round = 0; round < rounds; round += 1) {
  at += 30;
  const deadline = nextDeadline(state);
  if (deadline !== undefined && deadline <= at) put({ kind: "tick" });
  answerAll();
  const contactId = talking.shift();
  const contact = contactId === undefined ? undefined : state.contacts.get(contactId);
  if (contact?.customerLegId != null) {
    const operatorId = contact.phase.kind === "talking" ? (contact.phase.parties[0]?.operatorId ?? "") : "";
    put({ kind: "legEnded", legId: contact.customerLegId, code: "HUNG_UP", sipStatus: null });
    put({ kind: "wrapUpFinished", contactId: contact.id, operatorId });
    arrive();
  }
  for (const offer of [...state.offers.values()]) talking.push(offer.contactId);
}
const tookS = Number(process.hrtime.bigint() - started) / 1e9;
const steps = seq - startSeq;

const figures = Object.entries(samples).map(([input, list]) => {
  const sorted = list.sort((a, b) => a - b);
  const us = (share: number) =>
    Number(((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1_000).toFixed(1));
  return { input, steps: sorted.length, p50Us: us(0.5), p99Us: us(0.99), maxUs: us(1) };
});

const foldStarted = process.hrtime.bigint();
const folded = fold(entries);
const foldMs = Number(process.hrtime.bigint() - foldStarted) / 1e6;
const snapshotStarted = process.hrtime.bigint();
const json = JSON.stringify(toSnapshot(state));
const snapshotMs = Number(process.hrtime.bigint() - snapshotStarted) / 1e6;
const same = json === JSON.stringify(toSnapshot(folded)) && fromSnapshot(JSON.parse(json)) !== undefined;

report("core", figures, {
  operators,
  waiting: [...state.contacts.values()].filter((contact) => contact.phase.kind === "waiting").length,
  stepsPerSecond: Math.round(steps / tookS),
  foldedFactsPerSecond: Math.round((entries.reduce((sum, entry) => sum + entry.facts.length, 0) / foldMs) * 1_000),
  snapshotMs: Number(snapshotMs.toFixed(1)),
  snapshotKb: Math.round(json.length / 1_024),
  recoveredEqual: same,
});
