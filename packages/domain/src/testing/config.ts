import { type CoreConfig, queueSchema, type ScenarioStep, scenarioStepSchema } from "@centrala/contract";

export type Steps = Record<string, Record<string, unknown> & { kind: string }>;

const week = { from: "09:00", to: "18:00" };

/** A queue as the tests use it: no welcome, no announcements, 20 s of ringing, 30 s of wrap-up. */
export function testQueue(change: Partial<CoreConfig["queues"][number]> = {}): CoreConfig["queues"][number] {
  const {
    name: _name,
    dispositions: _dispositions,
    ...queue
  } = queueSchema.parse({ id: "sales", name: "Sales", clientId: "shop" });
  const operators = ["anna", "boris", "vera"].map((userId) => ({ userId, tier: 1 }));
  const plain = { welcome: [], announcements: [], announcePosition: false, wrapUpMsMax: 30_000, operators };
  return { ...queue, ...plain, ...change };
}

/** A scenario with the given steps, the first of which is its start; defaults of the schema are filled in. */
export function testScenario(steps: Steps, id = "main"): CoreConfig["scenarios"][number] {
  const parsed: Record<string, ScenarioStep> = {};
  for (const [stepId, step] of Object.entries(steps)) parsed[stepId] = scenarioStepSchema.parse(step);
  return { id, clientId: "shop", language: "en", start: Object.keys(steps)[0] ?? "", steps: parsed };
}

export const toQueue: Steps = { queue: { kind: "queue", queueId: "sales", otherwise: null } };

/** One client, trunk, number and queue; operators anna, boris (with a SIP phone) and vera; no recording unless asked. */
export function testConfig(change: Partial<CoreConfig> = {}, steps: Steps = toQueue): CoreConfig {
  return {
    version: 1,
    country: "BG",
    language: "en",
    recordCalls: false,
    recordingNotice: true,
    clients: [{ id: "shop", language: "en", callerNumberId: "hotline" }],
    trunks: [{ id: "carrier", priority: 1 }],
    numbers: [{ id: "hotline", trunkId: "carrier", clientId: "shop", scenarioId: "main" }],
    operators: [
      { id: "anna", extension: "11", skills: [], deviceIds: [] },
      { id: "boris", extension: "12", skills: [{ skillId: "german", level: 5 }], deviceIds: ["boris-phone"] },
      { id: "vera", extension: "13", skills: [], deviceIds: [] },
    ],
    queues: [testQueue()],
    hours: [
      {
        id: "office",
        timeZone: "Europe/Sofia",
        week: { mon: [week], tue: [week], wed: [week], thu: [week], fri: [week], sat: [], sun: [] },
        exceptions: [],
      },
    ],
    scenarios: [testScenario(steps)],
    breakReasonIds: ["lunch"],
    ...change,
  };
}
