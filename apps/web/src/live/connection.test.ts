import type { ClientMessage, ServerMessage } from "@centrala/contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs, Connection, type ConnectionStatus, type SocketLike, silenceMsMax } from "./connection.ts";

class FakeSocket implements SocketLike {
  readyState = 0;
  sent: ClientMessage[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event?: { readonly code: number }) => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  hears(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function bench() {
  const sockets: FakeSocket[] = [];
  const statuses: ConnectionStatus[] = [];
  const messages: ServerMessage[] = [];
  const connection = new Connection({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    now: () => Date.now(),
    random: () => 0,
    hello: () => ({ kind: "hello", desk: true, floor: false, tabId: "t", resume: null }),
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
  });
  const last = () => sockets.at(-1) as FakeSocket;
  return { connection, sockets, statuses, messages, last };
}
const welcome: ServerMessage = { kind: "welcome", stream: "s", seq: 4, serverTime: 0, version: "1" };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("the live connection", () => {
  it("says hello first and is open at the welcome", () => {
    const { connection, last, statuses } = bench();
    connection.start();
    last().opens();
    expect(last().sent.map((message) => message.kind)).toEqual(["hello"]);
    last().hears(welcome);
    expect(statuses).toEqual(["open"]);
  });

  it("answers pings and hands every message on", () => {
    const { connection, last, messages } = bench();
    connection.start();
    last().opens();
    last().hears({ kind: "ping", serverTime: 5 });
    expect(last().sent.at(-1)).toEqual({ kind: "pong" });
    expect(messages).toEqual([{ kind: "ping", serverTime: 5 }]);
  });

  it("comes back after a break, later each time, and at once after a success", () => {
    const { connection, sockets, last } = bench();
    connection.start();
    last().onclose?.();
    vi.advanceTimersByTime(249);
    expect(sockets.length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sockets.length).toBe(2);
    last().onclose?.();
    vi.advanceTimersByTime(499);
    expect(sockets.length).toBe(2);
    vi.advanceTimersByTime(1);
    last().opens();
    last().hears(welcome);
    last().onclose?.();
    vi.advanceTimersByTime(250);
    expect(sockets.length).toBe(4);
  });

  it("counts a silent connection as lost", () => {
    const { connection, sockets, statuses, last } = bench();
    connection.start();
    last().opens();
    last().hears(welcome);
    vi.advanceTimersByTime(silenceMsMax + 5_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(statuses).toEqual(["open", "away"]);
  });

  it("does not fall over what is no message", () => {
    const { connection, last, messages } = bench();
    connection.start();
    last().opens();
    last().onmessage?.({ data: "{" });
    last().onmessage?.({ data: "null" });
    last().onmessage?.({ data: new ArrayBuffer(2) });
    expect(messages).toEqual([]);
  });

  it("waits a minute when the server says that there are too many tabs", () => {
    const { connection, sockets, last } = bench();
    connection.start();
    last().onclose?.({ code: 4003 });
    vi.advanceTimersByTime(59_999);
    expect(sockets.length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sockets.length).toBe(2);
  });

  it("stays closed once closed, and sends nothing", () => {
    const { connection, sockets, last } = bench();
    connection.start();
    last().opens();
    connection.close();
    connection.close();
    vi.advanceTimersByTime(60_000);
    expect(sockets.length).toBe(1);
    expect(connection.send({ kind: "pong" })).toBe(false);
  });

  it("never waits longer than fifteen seconds", () => {
    expect(backoffMs(50, 1)).toBe(15_000);
    expect(backoffMs(0, 0)).toBe(250);
  });
});
