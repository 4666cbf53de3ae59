import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { frameSamples, InBandDetector, sine } from "@centrala/media";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { DeskPhone, type PhoneCall } from "./support/desk-phone.ts";
import { eventually, pause } from "./support/eventually.ts";
import { addFlow, furnish } from "./support/fixtures.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { parties } from "./support/ports.ts";
import { callUntilAnswered, hangUp, sipp, step } from "./support/sipp.ts";
import { tones } from "./support/sounds.ts";

const number = "+35924000009";
/** Cards typed into the sensitive step, longer than it takes, and in the talk while the recording is paused; no two keys side by side are equal. */
const cards = {
  events: "492918365017",
  relay: "518394620751",
  plain: "471605283961",
  tones: "536192074825",
  talkEvents: "601173849265",
  talkTones: "372910584627",
} as const;
/** What the operator's side sends to the caller: by events, by INFO, by tones. */
const sentKeys = { events: "840273615928", other: "951738264019" } as const;
/** Typed into a step that is not marked: part of what was decided. */
const order = "730518";

const rowsHz = [697, 770, 852, 941] as const;
const columnsHz = [1209, 1336, 1477, 1633] as const;
const layout = "123A456B789C*0#D";

/** Keys as a telephone without RFC 4733 sends them. */
function tonesOf(keys: string): Int16Array {
  const silence = new Int16Array(800);
  const parts = [...keys].flatMap((key) => {
    const place = layout.indexOf(key);
    const low = sine(rowsHz[place >> 2] ?? 0, 100, -13);
    const high = sine(columnsHz[place & 3] ?? 0, 100, -11);
    return [low.map((sample, index) => sample + (high[index] ?? 0)), silence];
  });
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

function keysInSound(samples: Int16Array): string {
  const detector = new InBandDetector();
  let keys = "";
  for (let at = 0; at + frameSamples <= samples.length; at += frameSamples)
    keys += detector.push(samples, at, frameSamples);
  return keys;
}

/** The keys one after the other, whatever few letters stand between them; as text, and as PostgreSQL shows bytes. */
function patternOf(keys: string): RegExp {
  return new RegExp([...keys].join("[^0-9]{0,40}"));
}

/** Everything that was said to browsers since the test began. */
class Listener {
  readonly heard: string[] = [];
  readonly #socket: WebSocket;

  constructor(centre: TestCentre, cookie: string, floor: boolean) {
    // Node's takes headers, which the browser's type does not know.
    const options = { headers: { origin: centre.url, cookie } } as unknown as string[];
    this.#socket = new WebSocket(`${centre.url.replace("http", "ws")}/api/live`, options);
    this.#socket.addEventListener("message", ({ data }) => this.heard.push(String(data)));
    this.#socket.addEventListener("open", () =>
      this.#socket.send(JSON.stringify({ kind: "hello", desk: true, floor, tabId: `tab-${floor}`, resume: null })),
    );
  }

  close(): void {
    this.#socket.close();
  }
}

describe("sensitive keys are nowhere, by whichever way they come", () => {
  let centre: TestCentre;
  let anna: Operator;
  let phone: DeskPhone;
  const listeners: Listener[] = [];
  /** What the pages could read while calls ran and after. */
  const read: string[] = [];

  beforeAll(async () => {
    centre = await startCentre({ log: "trace" });
    await furnish(centre);
    const collect = { kind: "collect", prompts: [], keysMin: 1, otherwise: null };
    await addFlow(centre, "card", number, {
      first: { ...collect, into: "card", keysMax: 8, sensitive: true, next: "order" },
      order: { ...collect, into: "order", keysMax: 8, next: "queue" },
      queue: { kind: "queue", queueId: "main", otherwise: null },
    });
    anna = await centre.hire("anna");
    phone = await DeskPhone.open(centre, anna, tones.operator);
    await anna.available();
    listeners.push(new Listener(centre, centre.manager, true), new Listener(centre, anna.cookie, false));
    await eventually(() => listeners.every((one) => one.heard.some((text) => text.includes('"welcome"'))), {
      what: "the live connections",
    });
  });
  afterAll(async () => {
    for (const listener of listeners) listener.close();
    phone?.close();
    await centre?.close();
  });

  async function look(contactId: string): Promise<void> {
    for (const path of ["", "/ladder"])
      read.push(
        JSON.stringify(
          (await centre.request("GET", `/api/contacts/${contactId}${path}`, undefined, { cookie: centre.manager }))
            .body,
        ),
      );
    read.push(JSON.stringify(await anna.desk()), await centre.metrics());
    for (const path of ["/api/floor", "/api/system", "/api/contacts?limit=200", "/api/missed"])
      read.push(JSON.stringify((await centre.request("GET", path, undefined, { cookie: centre.manager })).body));
  }

  /** The contact's newest keys, as soon as the flow took them: of secret ones only how many there were. */
  async function entered(from: string, stepId: string): Promise<string> {
    return eventually(
      async () => {
        const row = (await centre.contacts()).find((contact) => contact.party.e164 === from);
        if (row === undefined) return undefined;
        const { timeline } = await centre.contact(row.id);
        const taken = timeline.find((item) => item.kind === "keysEntered" && item.params.stepId === stepId);
        return taken === undefined ? undefined : `${String(taken.params.keys)} of ${String(taken.params.length)}`;
      },
      { what: `the keys of ${from} at step ${stepId}` },
    );
  }

  async function answers(): Promise<{ ring: PhoneCall; contactId: string }> {
    const ring = await phone.rung();
    await ring.answers();
    const desk = await anna.seen("talking", (view) => view.contact?.phase === "talking");
    return { ring, contactId: desk.contact?.id ?? "" };
  }

  async function records(contactId: string, paused: boolean): Promise<void> {
    await anna.api("POST", `/api/desk/contacts/${contactId}/recording`, { paused });
    await anna.seen("the recording", (view) => view.contact?.recording === (paused ? "paused" : "on"));
  }

  it("typed by RFC 4733, before and in the talk, and sent by the operator the same way", async () => {
    const from = "+359881000901";
    const caller = await Caller.dial(centre, number, from);
    await caller.answered();
    caller.call.audio.press(`${cards.events}#`);
    expect(await entered(from, "first")).toBe("null of 8");
    caller.call.audio.press(`${order}#`);
    expect(await entered(from, "order")).toBe(`${order} of 6`);
    const { contactId } = await answers();
    await pause(1_000);
    await records(contactId, true);
    caller.call.audio.press(cards.talkEvents);
    await anna.api("POST", `/api/desk/contacts/${contactId}/keys`, { keys: sentKeys.events });
    await eventually(() => caller.call.audio.keysHeard === sentKeys.events, { what: "the operator's keys" });
    await caller.call.audio.say(tonesOf(cards.talkTones));
    await look(contactId);
    await records(contactId, false);
    await pause(1_000);
    await caller.hangsUp();
    await anna.finish();
    const { channels } = await centre.recording((await centre.ended(from)).id);
    expect(channels.map(keysInSound)).toEqual(["", ""]);
    await look(contactId);
  });

  it("typed by SIP INFO as dtmf-relay, and sent by the operator the same way", async () => {
    const from = "+359881000902";
    const caller = await Caller.dial(centre, number, from, { events: false });
    await caller.answered();
    expect(caller.call.pressByInfo(`${cards.relay}#`)).toBe(true);
    expect(await entered(from, "first")).toBe("null of 8");
    caller.call.pressByInfo(`${order}#`);
    const { contactId } = await answers();
    await anna.api("POST", `/api/desk/contacts/${contactId}/keys`, { keys: sentKeys.other });
    await eventually(() => caller.call.infoKeysHeard === sentKeys.other, { what: "the operator's keys by INFO" });
    await look(contactId);
    await caller.hangsUp();
    await anna.finish();
    await centre.ended(from);
    await look(contactId);
  });

  it.runIf(havePeers("sip-tester"))("typed by SIP INFO as the bare key", async () => {
    const from = "+359881000903";
    const keys = [...`${cards.plain}#`].flatMap((key, index) => [
      step.within("INFO", 2 + index, from, { body: key, type: "application/dtmf" }),
      step.receive(200),
    ]);
    const result = await sipp({
      address: parties.carrier,
      target: centre.peer(),
      number,
      steps: [...callUntilAnswered(from), ...keys, step.pause(500), ...hangUp(from, 40)],
    });
    expect(result.errors).toBe("");
    expect(await entered(from, "first")).toBe("null of 8");
    await look((await centre.ended(from)).id);
  });

  it("typed as tones in the sound", async () => {
    const from = "+359881000904";
    const caller = await Caller.dial(centre, number, from, { events: false });
    await caller.answered();
    await caller.call.audio.say(tonesOf(`${cards.tones}#`));
    expect(await entered(from, "first")).toBe("null of 8");
    await caller.call.audio.say(tonesOf(`${order}#`));
    const { contactId } = await answers();
    await caller.hangsUp();
    await anna.finish();
    await look(contactId);
    await centre.ended(from);
  });

  it("and afterwards neither pages, live connections, log and figures nor database, backup and data folder know them", async () => {
    const file = join(centre.folder, "..", `${centre.pid}.backup.tar`);
    const backup = await centre.command("backup", file);
    expect(backup.code, backup.output).toBe(0);
    // The journal decided again, and a contact explained, are read by people, too.
    const [newest] = await centre.contacts();
    const commands = [["replay"], ["ladder", newest?.id ?? ""], ["explain", newest?.id ?? ""]];
    read.push(...(await Promise.all(commands.map(async (words) => (await centre.command(...words)).output))));
    const places: [string, string][] = [
      ["log", centre.output],
      ["pages", read.join("\n")],
      ["live", listeners.flatMap(({ heard }) => heard).join("\n")],
      ["backup", readFileSync(file, "latin1")],
      ...filesBelow(centre.folder).map((name): [string, string] => [name, readFileSync(name, "latin1")]),
    ];
    rmSync(file);
    const secrets = [...Object.values(cards), ...Object.values(sentKeys)];
    const patterns = secrets.flatMap((keys) => [patternOf(keys), new RegExp(Buffer.from(keys).toString("hex"))]);
    const found = places.flatMap(([place, text]) =>
      patterns.filter((pattern) => pattern.test(text)).map((pattern) => `${place}: ${pattern.source}`),
    );
    expect(found).toEqual([]);
    expect(places.filter(([, text]) => /signal\s*=\s*\d/i.test(text)).map(([place]) => place)).toEqual([]);
    // What is typed into an ordinary step is part of what happened: the same search finds it where it belongs.
    const known = places.filter(([, text]) => text.includes(order)).map(([place]) => place);
    expect(known).toEqual(expect.arrayContaining(["pages", "backup"]));
    expect(known).not.toContain("log");
    // A ladder says that there were keys.
    expect(read.join("\n")).toContain("(body not kept: keys)");
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
