import {
  type CentreConfig,
  deviceSchema,
  numberSchema,
  queueSchema,
  scenarioSchema,
  skillSchema,
  trunkSchema,
  userSchema,
} from "@centrala/contract";
import { defaultConfig } from "@centrala/domain";

export const centreId = "centre";
export const calledNumber = "+35921234567";
export const outsideNumber = "+359888123456";
export const operatorIds = ["anna", "boris", "vera"];
export const deviceIds = ["anna-phone", "boris-phone"];
export const extensions = ["11", "12", "13"];
export const devicePassword = "correct-horse-battery";

const sound = (name: string) => ({ kind: "sound", name });

const steps = {
  menu: {
    kind: "menu",
    prompts: [sound("menu-main")],
    choices: [
      { key: "1", next: "sales" },
      { key: "2", next: "direct" },
      { key: "3", next: "outside" },
      { key: "4", next: "second" },
      { key: "5", next: "code" },
      { key: "6", next: "leave" },
    ],
    attempts: 2,
    otherwise: "leave",
  },
  sales: { kind: "queue", queueId: "sales", otherwise: "second" },
  second: { kind: "queue", queueId: "second", priority: 70, otherwise: "leave" },
  direct: { kind: "transfer", target: { kind: "operator", operatorId: "vera" }, otherwise: "sales" },
  outside: { kind: "transfer", target: { kind: "number", number: outsideNumber }, otherwise: "pause" },
  pause: { kind: "wait", durationMs: 3_000, next: "menu" },
  code: {
    kind: "collect",
    prompts: [],
    into: "code",
    keysMax: 4,
    sensitive: true,
    attempts: 1,
    next: "sales",
    otherwise: "leave",
  },
  leave: { kind: "voicemail", prompts: [], next: null, durationMsMax: 20_000 },
};

/** Two lines, one number, a flow of every kind of step that reaches people, two queues, three operators, two telephones. */
export function simulatedCentre(): CentreConfig {
  const plain = defaultConfig({
    kind: "in-house",
    country: "BG",
    language: "en",
    timeZone: "Europe/Sofia",
    name: "Simulated",
  });
  const { centre } = plain;
  const hotline = { id: "hotline", number: calledNumber, trunkId: "carrier", clientId: "main", scenarioId: "flow" };
  const flow = { id: "flow", name: "Flow", clientId: "main", language: "en", start: "menu", steps };
  return {
    ...plain,
    centre: { ...centre, recordCalls: true, outgoing: { ...centre.outgoing, offDuty: true } },
    trunk: ["carrier", "other"].map((id, priority) =>
      trunkSchema.parse({ id, name: id, host: "192.0.2.1", sources: ["192.0.2.1"], priority }),
    ),
    number: [numberSchema.parse(hotline)],
    user: operatorIds.map((id, index) => simulatedOperator(id, index)),
    device: deviceIds.map((id) => deviceSchema.parse({ id, userId: id.replace("-phone", ""), name: id, username: id })),
    skill: [skillSchema.parse({ id: "german", name: "German" })],
    queue: [...plain.queue, ...simulatedQueues()],
    scenario: [...plain.scenario, scenarioSchema.parse(flow)],
  };
}

function simulatedOperator(id: string, index: number): CentreConfig["user"][number] {
  const level = [null, 5, 2][index] ?? null;
  return userSchema.parse({
    id,
    login: id,
    name: id,
    roles: ["operator"],
    extension: extensions[index],
    skills: level === null ? [] : [{ skillId: "german", level }],
  });
}

function simulatedQueues(): CentreConfig["queue"] {
  const operators = operatorIds.map((userId, index) => ({ userId, tier: index + 1 }));
  const both = { clientId: "main", wrapUpMsMax: 15_000, waitMsMax: 90_000, tierWaitMs: 5_000, operators };
  const requires = [{ skillId: "german", level: 2 }];
  return [
    queueSchema.parse({ ...both, id: "sales", name: "Sales", missesMax: 3, announceEveryMs: 10_000 }),
    queueSchema.parse({
      ...both,
      id: "second",
      name: "Second",
      leaveWhenNobody: true,
      waitingMax: 2,
      wrapUpMsMax: 0,
      requires,
    }),
  ];
}

/** What a manager may do at any moment: the second queue goes, with the steps that led there. */
export function smallerCentre(config: CentreConfig): CentreConfig {
  const scenario = config.scenario.map((flow) =>
    flow.id === "flow"
      ? { ...flow, steps: { ...flow.steps, second: flow.steps["leave"] ?? flow.steps["menu"] } }
      : flow,
  );
  const kept = scenario.map((flow) => scenarioSchema.parse(flow));
  return {
    ...config,
    version: config.version + 1,
    queue: config.queue.filter(({ id }) => id !== "second"),
    scenario: kept,
  };
}
