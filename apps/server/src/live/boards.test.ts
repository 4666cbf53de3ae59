import { type FloorView, queueSchema, type ServerMessage } from "@centrala/contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CentreLive } from "./centre-live.ts";
import { FloorBoard } from "./floor-board.ts";
import { QueueBoard } from "./queue-board.ts";
import { noRights } from "./rights.ts";
import { type LiveSocket, Stream } from "./stream.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

class Socket implements LiveSocket {
  bufferedAmount = 0;
  readonly sent: ServerMessage[] = [];
  readonly texts: (string | Buffer)[] = [];
  send(text: string | Buffer): void {
    this.texts.push(text);
    this.sent.push(JSON.parse(String(text)));
  }
  close(): void {}
  terminate(): void {}
}

function looker(): { stream: Stream; socket: Socket } {
  const stream = new Stream("s", "operator", "session", "tab", 0, () => ({ ...noRights, floor: true }));
  const socket = new Socket();
  stream.socket = socket;
  stream.wants({ floor: true });
  return { stream, socket };
}

const picture = (calls: number): FloorView => ({
  operators: [],
  queues: [],
  waiting: [],
  calls,
  trunks: [],
  outgoing: [],
});

/** A board over pictures that the test gives; time stands as far as the test says. */
function board() {
  const given = { calls: 1, made: 0, now: 0 };
  const live = { app: { clock: () => given.now, log: { warn: () => undefined } } } as unknown as CentreLive;
  const floor = new FloorBoard(live, () => {
    given.made += 1;
    return Promise.resolve(picture(given.calls));
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const next = (calls: number) => {
    given.calls = calls;
    given.now += 1_000;
    floor.touch();
    return settle();
  };
  return { given, floor, settle, next };
}

describe("the floor of a centre", () => {
  it("is made once for all who look, who get the whole first and then the same change", async () => {
    const { given, floor, settle, next } = board();
    const [a, b] = [looker(), looker()];
    floor.show(a.stream);
    await settle();
    floor.show(b.stream);
    expect(given.made).toBe(1);
    await next(2);
    expect(given.made).toBe(2);
    const whole = { kind: "floor", revision: 1, view: picture(1) };
    const changed = { kind: "floorChanged", from: 1, revision: 2, change: { calls: 2 } };
    expect([a.socket.sent, b.socket.sent]).toEqual([
      [whole, changed],
      [whole, changed],
    ]);
    expect(a.socket.texts[1]).toBe(b.socket.texts[1]);
    await next(2);
    expect(a.socket.sent.length).toBe(2);
    floor.close();
  });

  it("is not made while nobody looks, and is made anew for who comes then", async () => {
    const { given, floor, settle, next } = board();
    const first = looker();
    floor.show(first.stream);
    await settle();
    floor.hide(first.stream);
    await next(5);
    expect(given.made).toBe(1);
    const second = looker();
    floor.show(second.stream);
    await settle();
    expect(second.socket.sent).toEqual([{ kind: "floor", revision: 2, view: picture(5) }]);
    floor.close();
  });

  it("is left out for a browser that does not keep up, which gets the whole afterwards", async () => {
    const { given, floor, settle, next } = board();
    const slow = looker();
    floor.show(slow.stream);
    await settle();
    slow.socket.bufferedAmount = 600 * 1024;
    await next(2);
    await vi.advanceTimersByTimeAsync(300);
    expect(slow.socket.sent.length).toBe(1);
    slow.socket.bufferedAmount = 0;
    await vi.advanceTimersByTimeAsync(300);
    expect(slow.socket.sent.slice(1)).toEqual([{ kind: "floor", revision: 2, view: picture(2) }]);
    expect(given.made).toBe(2);
    floor.close();
  });
});

describe("queues on desks", () => {
  it("are told by one text a queue when their figures changed, and a whole desk says what was told", async () => {
    const queue = (id: string) => queueSchema.parse({ id, name: id, clientId: "shop" });
    const [sales, support] = [queue("sales"), queue("support")];
    const contacts = new Map([["caller", { phase: { kind: "waiting", enteredAt: 7 } }]]);
    const queues = new Map<string, { waiting: Set<{ contactId: string }>; onDuty: Map<number, number> }>(
      [sales, support].map(({ id }) => [id, { waiting: new Set(), onDuty: new Map([[1, 1]]) }]),
    );
    let now = 0;
    const live = {
      app: { clock: () => now, log: { warn: () => undefined } },
      centre: { core: { state: { contacts, queues } }, config: { current: { queue: [sales, support] } } },
    } as unknown as CentreLive;
    const told: string[] = [];
    const figures = new QueueBoard(live, (queueId, text) => told.push(`${queueId} ${String(text)}`));
    const none = { id: "sales", waiting: 0, longestSince: null, nobody: null };
    expect([figures.of(sales), figures.of(support).waiting]).toEqual([none, 0]);
    queues.get("sales")?.waiting.add({ contactId: "caller" });
    expect(figures.of(sales)).toEqual(none);
    now += 1_000;
    figures.touch();
    const one = { ...none, waiting: 1, longestSince: 7 };
    expect(told).toEqual([`sales ${JSON.stringify({ kind: "queue", queue: one })}`]);
    expect(figures.of(sales)).toEqual(one);
    figures.close();
  });
});
