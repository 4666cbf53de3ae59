import { describe, expect, it } from "vitest";
import { noRights } from "./rights.ts";
import { type LiveSocket, Stream } from "./stream.ts";

class FakeSocket implements LiveSocket {
  bufferedAmount = 0;
  terminated = false;
  readonly sent: { kind: string; seq?: number }[] = [];
  send(text: string | Buffer): void {
    this.sent.push(JSON.parse(String(text)));
  }
  close(): void {}
  terminate(): void {
    this.terminated = true;
  }
}

function connected(): { stream: Stream; socket: FakeSocket } {
  const stream = new Stream("s", "operator", "session", "tab", 0, () => noRights);
  const socket = new FakeSocket();
  stream.socket = socket;
  return { stream, socket };
}

describe("a stream", () => {
  it("numbers what it sends, and sends again what came after a number", () => {
    const { stream } = connected();
    for (const what of ["contacts", "missed", "customers"] as const) stream.push({ kind: "changed", what });
    const again = new FakeSocket();
    stream.socket = again;
    expect(stream.replay(1)).toBe(true);
    expect(again.sent).toEqual([
      { kind: "changed", what: "missed", seq: 2 },
      { kind: "changed", what: "customers", seq: 3 },
    ]);
    expect([stream.replay(3), stream.replay(4)]).toEqual([true, false]);
  });

  it("keeps the last 64 messages, and says when something older is missing", () => {
    const { stream } = connected();
    for (let count = 0; count < 100; count += 1) stream.push({ kind: "changed", what: "config" });
    expect([stream.replay(35), stream.replay(36), stream.seq]).toEqual([false, true, 100]);
  });

  it("goes on counting while no socket is there", () => {
    const stream = new Stream("s", "operator", "session", "tab", 0, () => noRights);
    stream.push({ kind: "changed", what: "missed" });
    const socket = new FakeSocket();
    stream.socket = socket;
    stream.replay(0);
    expect(socket.sent).toEqual([{ kind: "changed", what: "missed", seq: 1 }]);
  });

  it("holds views back from a browser that does not keep up, and ends one that never will", () => {
    const { stream, socket } = connected();
    socket.bufferedAmount = 600 * 1024;
    expect(stream.congested).toBe(true);
    socket.bufferedAmount = 9 * 1024 * 1024;
    stream.push({ kind: "changed", what: "config" });
    expect([socket.terminated, socket.sent]).toEqual([true, []]);
  });
});
