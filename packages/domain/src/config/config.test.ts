import type { CentreConfig } from "@centrala/contract";
import { deviceSchema, numberSchema, say, trunkSchema, userSchema } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { toCoreConfig } from "./core-config.ts";
import { defaultConfig } from "./default-config.ts";
import { validateConfig } from "./validate.ts";

const centre = { kind: "in-house", country: "BG", language: "bg", timeZone: "Europe/Sofia", name: "Пекарна" } as const;

function withPeople(): CentreConfig {
  const config = defaultConfig(centre);
  const [queue] = config.queue;
  if (queue === undefined) throw new Error("a new centre has a queue");
  return {
    ...config,
    trunk: [
      trunkSchema.parse({ id: "carrier", name: "Carrier", host: "sip.example.com", priority: 2 }),
      trunkSchema.parse({ id: "off", name: "Off", host: "sip.example.org", enabled: false }),
    ],
    number: [
      numberSchema.parse({
        id: "hotline",
        number: "+35921234567",
        trunkId: "carrier",
        clientId: "main",
        scenarioId: "main",
      }),
    ],
    user: [
      userSchema.parse({ id: "u1", login: "anna", name: "Anna", roles: ["operator"], extension: "11" }),
      userSchema.parse({ id: "u2", login: "boss", name: "Boss", roles: ["manager"] }),
      userSchema.parse({ id: "u3", login: "gone", name: "Gone", roles: ["operator"], active: false }),
    ],
    device: [deviceSchema.parse({ id: "phone", userId: "u1", username: "anna", password: "a-kettle-on-9" })],
    queue: [{ ...queue, operators: [{ userId: "u1", tier: 1 }] }],
  };
}

describe("configuration", () => {
  it("a new centre is sound in every language and kind, and speaks its language", () => {
    for (const language of ["en", "ru", "bg"] as const) {
      for (const kind of ["home", "in-house", "outsourcing"] as const) {
        const config = defaultConfig({ ...centre, language, kind });
        expect(validateConfig(config)).toEqual([]);
        expect(config.scenario[0]?.language).toBe(language);
        expect(config.queue[0]?.dispositions.length).toBe(4);
        expect(config.queue[0]).toMatchObject({ leaveWhenNobody: true, waitMsMax: 300_000 });
        expect(config.scenario[0]?.steps["queue"]).toMatchObject({ kind: "queue", otherwise: "busy" });
      }
    }
    expect(defaultConfig(centre).breakReason.map((reason) => reason.name)).toEqual([
      "Обяд",
      "Кратка почивка",
      "Обучение",
    ]);
  });

  it("what the core decides with holds no names, logins or secrets", () => {
    const core = toCoreConfig(withPeople());
    expect(core.operators).toEqual([{ id: "u1", extension: "11", skills: [], deviceIds: ["phone"] }]);
    expect(core.trunks).toEqual([{ id: "carrier", priority: 2 }]);
    expect(core.clients).toEqual([{ id: "main", language: "bg", callerNumberId: null }]);
    const text = JSON.stringify(core);
    for (const personal of ["Anna", "anna", "a-kettle-on-9", "sip.example.com", "+35921234567", "Пекарна", "Решено"]) {
      expect(text).not.toContain(personal);
    }
  });

  it("references to what is not there are named with kind, id and field", () => {
    const config = withPeople();
    const broken: CentreConfig = {
      ...config,
      centre: { ...config.centre, timeZone: "Mars/Base" },
      client: config.client.map((client) => ({ ...client, callerNumberId: "none" })),
      number: config.number.map((number) => ({ ...number, trunkId: "none", clientId: "none", scenarioId: "none" })),
      device: config.device.map((device) => ({ ...device, userId: "none" })),
      user: config.user.map((user) => ({ ...user, skills: [{ skillId: "none", level: 1 }] })).slice(0, 1),
      queue: config.queue.map((queue) => ({
        ...queue,
        clientId: "none",
        requires: [{ skillId: "none", level: 1 }],
        operators: [{ userId: "u2", tier: 1 }],
        welcome: [{ kind: "prompt" as const, promptId: "none" }],
      })),
      scenario: config.scenario.map((scenario) => ({ ...scenario, clientId: "none" })),
    };
    expect(validateConfig(broken).map(({ kind, id, field }) => `${kind} ${id} ${field}`)).toEqual([
      "client main callerNumberId",
      "number hotline trunkId",
      "number hotline clientId",
      "number hotline scenarioId",
      "user u1 skills.0.skillId",
      "device phone userId",
      "queue main clientId",
      "queue main requires.0.skillId",
      "queue main operators.0.userId",
      "queue main welcome.0",
      "centre  timeZone",
      "scenario main clientId",
    ]);
  });

  it("what may stand once only is named where it stands again", () => {
    const config = withPeople();
    const again: CentreConfig = {
      ...config,
      user: [
        ...config.user,
        userSchema.parse({ id: "u4", login: "anna", name: "A", roles: ["operator"], extension: "11" }),
      ],
      number: [...config.number, ...config.number],
    };
    expect(validateConfig(again)).toEqual([
      { kind: "number", id: "hotline", field: "id", ...say("STANDS_TWICE", { value: "hotline" }) },
      { kind: "user", id: "u4", field: "login", ...say("STANDS_TWICE", { value: "anna" }) },
      { kind: "user", id: "u4", field: "extension", ...say("STANDS_TWICE", { value: "11" }) },
      { kind: "number", id: "hotline", field: "number", ...say("STANDS_TWICE", { value: "+35921234567 (carrier)" }) },
    ]);
  });

  it("a login of Latin and Cyrillic letters is named: both look alike, and nobody could type it again", () => {
    const config = withPeople();
    const logins = ["весeла", "vesela-2", "весела.д"];
    const people = logins.map((login, at) => userSchema.parse({ id: `v${at}`, login, name: "V", roles: ["operator"] }));
    expect(validateConfig({ ...config, user: [...config.user, ...people] })).toEqual([
      { kind: "user", id: "v0", field: "login", ...say("LOGIN_MIXED", { value: "весeла" }) },
    ]);
  });

  it("an extension that is an emergency number of the country is named, for it would never ring a colleague", () => {
    const config = withPeople();
    const user = userSchema.parse({ id: "u5", login: "boris", name: "B", roles: ["operator"], extension: "112" });
    expect(validateConfig({ ...config, user: [...config.user, user] })).toEqual([
      { kind: "user", id: "u5", field: "extension", ...say("EXTENSION_EMERGENCY", { value: "112" }) },
    ]);
  });

  it("unknown sounds are named when the shipped ones are given", () => {
    const problems = validateConfig(defaultConfig(centre), new Set(["greeting"]));
    expect(problems[0]).toEqual({
      kind: "scenario",
      id: "main",
      field: "steps.greeting.prompts.1",
      ...say("SOUND_MISSING", { id: "recording-notice" }),
    });
  });
});
