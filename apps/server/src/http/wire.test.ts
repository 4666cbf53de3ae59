import { refusalReasons, type SipRefusal } from "@centrala/contract";
import type { TraceInput } from "@centrala/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WireView } from "../core/wire-view.ts";
import { ladderOf } from "../live/ladder.ts";
import { trunkSays } from "./metrics.ts";
import { refusalView } from "./refusals.ts";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
});
afterAll(() => test.stop());

function refusal(change: Partial<SipRefusal> = {}): SipRefusal {
  return {
    reason: "numberUnknown",
    status: 404,
    method: "INVITE",
    source: "203.0.113.1",
    transport: "UDP",
    trunkId: null,
    deviceId: null,
    account: null,
    called: "+35924001001",
    detail: "",
    count: 1,
    firstAt: 1,
    lastAt: 2,
    ...change,
  };
}

describe("the last refusals", () => {
  it("come with what happened and what to do, and with who is paused", async () => {
    test.phone.refused = [refusal({ trunkId: "carrier" })];
    test.phone.paused = [{ kind: "source", name: "198.51.100.7", until: 5, failures: 7 }];
    const answer = (await test.send("GET", "/api/system/refusals", manager)).json();
    expect(answer).toEqual({
      items: [
        {
          ...refusal({ trunkId: "carrier" }),
          what: "+35924001001 is no number of this line",
          mend: expect.stringContaining("under Numbers"),
          said: {
            what: { code: "REFUSED_NUMBER_UNKNOWN", params: expect.objectContaining({ called: "+35924001001" }) },
            mend: { code: "MEND_NUMBER_UNKNOWN", params: expect.anything() },
          },
        },
      ],
      pauses: [{ kind: "source", name: "198.51.100.7", until: 5, failures: 7 }],
    });
  });

  it("leave no value out of the sentences of any reason", () => {
    const sentences = refusalReasons.map((reason) => refusalView(refusal({ reason, account: "anna" })));
    expect(sentences.filter(({ what, mend }) => /\{\{|undefined/.test(what + mend))).toEqual([]);
  });

  it("belong to the centre of their line, telephone, account or number; nobody's are everybody's", () => {
    const centre = (username: string, number: string) => ({
      config: { current: { device: [{ username }], number: [{ number }] } },
    });
    const list = [
      refusal({ trunkId: "a:line" }),
      refusal({ deviceId: "b:phone" }),
      refusal({ reason: "passwordWrong", account: "bea", called: null }),
      refusal({ reason: "sourceUnknown", called: "24001001" }),
      refusal({ reason: "sourceUnknown", called: "0900" }),
    ];
    const pauses = [
      { kind: "account", name: "bea", until: 1, failures: 5 },
      { kind: "source", name: "198.51.100.7", until: 1, failures: 5 },
    ];
    const view = new WireView(
      { refusals: { list: () => list, counts: () => new Map([["paused", 3]]) }, pauses: () => pauses } as never,
      new Map([
        ["a", centre("ann", "+24001001")],
        ["b", centre("bea", "+24002002")],
      ]) as never,
      (id) => id.split(":") as [string, string],
    );
    expect(view.refusals("a").map(({ trunkId, called }) => [trunkId, called])).toEqual([
      ["line", "+35924001001"],
      [null, "24001001"],
      [null, "0900"],
    ]);
    expect(view.refusals("b").map(({ deviceId, account, called }) => [deviceId, account, called])).toEqual([
      ["phone", null, "+35924001001"],
      [null, "bea", null],
      [null, null, "0900"],
    ]);
    expect([view.pauses("a").length, view.pauses("b").length, view.counts()]).toEqual([
      1,
      2,
      [{ reason: "paused", count: 3 }],
    ]);
  });
});

describe("figures of lines", () => {
  const says = (registration: string, health: string) =>
    trunkSays({ registration: { state: registration }, health: { state: health } } as never);

  it("tell the truth: not registered is down whatever OPTIONS say, never asked is no figure", () => {
    expect([
      says("refused", "up"),
      says("registered", "unknown"),
      says("registered", "down"),
      says("none", "unknown"),
      says("none", "up"),
      says("none", "down"),
    ]).toEqual([
      { registered: false, answers: true, up: false },
      { registered: true, answers: null, up: true },
      { registered: true, answers: false, up: false },
      { registered: null, answers: null, up: null },
      { registered: null, answers: true, up: true },
      { registered: null, answers: false, up: false },
    ]);
  });
});

describe("the ladder of a call", () => {
  const message = (legId: string, at: number, text: string): TraceInput => ({
    contactId: "c",
    legId,
    at,
    direction: "in",
    peer: "udp 192.0.2.1:5060",
    text,
  });

  it("shows the messages of legs that go on beside stored ones, each once", async () => {
    const stored = [message("over", 1, "INVITE one"), message("over", 4, "BYE one"), message("over", 4, "BYE one")];
    const live = [message("over", 1, "INVITE one"), message("live", 2, "INVITE two"), message("live", 3, "ACK two")];
    const order: string[] = [];
    const store = {
      journal: { readContact: async () => [] },
      traces: { ofContact: async () => (order.push("store"), stored) },
    };
    const liveMessages = async () => (order.push("live"), live);
    const items = await ladderOf(store as never, liveMessages, "centre", "c");
    expect(items.map(({ title }) => title.split(" (")[0])).toEqual(["INVITE one", "INVITE two", "ACK two", "BYE one"]);
    expect(order).toEqual(["live", "store"]);
  });
});

describe("passwords of SIP phones", () => {
  const put = (password: string) =>
    test.send("PUT", "/api/config/device/weak-phone", manager, { userId, username: "weak-phone", password });
  let userId: string;

  it("that can be guessed are refused, and those from before are named", async () => {
    userId = (await test.addPerson("phoner", ["operator"])).id;
    const refused = await Promise.all(["1", "1234", "weak-phone", "111111111111"].map(put));
    expect(refused.map((answer) => [answer.statusCode, answer.json().details?.[0]?.path])).toEqual(
      Array(4).fill([400, "password"]),
    );
    expect((await put("long enough 27")).statusCode).toBe(200);
    const check = async () => {
      const { checks } = (await test.send("GET", "/api/system/doctor", manager)).json() as {
        checks: { id: string; ok: boolean; detail: string }[];
      };
      const found = checks.find(({ id }) => id === "phone-passwords");
      return [found?.ok, found?.detail];
    };
    expect(await check()).toEqual([true, "none is short"]);
    test.phone.weak = new Set(["weak-phone"]);
    expect(await check()).toEqual([false, "can be guessed: weak-phone"]);
  });
});
