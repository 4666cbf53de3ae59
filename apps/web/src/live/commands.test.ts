import type { ClientMessage, ServerMessage } from "@centrala/contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/call.ts";
import { breakMsMax, LiveCommands } from "./commands.ts";

function bench() {
  const sent: ClientMessage[] = [];
  const line = { isUp: true };
  let ids = 0;
  const commands = new LiveCommands(
    (message) => {
      if (line.isUp) sent.push(message);
      return line.isUp;
    },
    () => `id-${(ids += 1)}`,
  );
  const welcome = (stream: string): ServerMessage => ({
    kind: "welcome",
    stream,
    seq: 0,
    serverTime: 0,
    version: "1",
  });
  return { commands, sent, line, welcome: (stream = "s") => commands.receive(welcome(stream)) };
}
const hold = { params: { id: "c" }, body: { on: true } };
const offline = new ApiError(0, { code: "OFFLINE", message: "The server does not answer." });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("commands over the live connection", () => {
  it("go there while it is open, and are answered by id", async () => {
    const { commands, sent, welcome } = bench();
    expect(commands.ask("hold", hold)).toBeNull();
    welcome();
    const [first, second] = [commands.ask("hold", hold), commands.ask("hangUp", { params: { id: "c" } })];
    expect(sent).toEqual([
      { kind: "command", id: "id-1", name: "hold", ...hold },
      { kind: "command", id: "id-2", name: "hangUp", params: { id: "c" } },
    ]);
    const error = { code: "REFUSED", message: "no", refusal: "CONTACT_OVER" };
    commands.receive({ kind: "answered", id: "id-2", outcome: { ok: false, status: 409, error } });
    commands.receive({ kind: "answered", id: "id-1", outcome: { ok: true, result: { ok: true } } });
    await expect(first).resolves.toEqual({ ok: true });
    await expect(second).rejects.toEqual(new ApiError(409, error));
  });

  it("go another way while the connection is broken", () => {
    const { commands, line, welcome } = bench();
    welcome();
    line.isUp = false;
    expect(commands.ask("hold", hold)).toBeNull();
    line.isUp = true;
    commands.status("away");
    expect(commands.ask("hold", hold)).toBeNull();
    welcome();
    expect(commands.ask("hold", hold)).not.toBeNull();
  });

  it("are sent again with their ids when the same stream goes on", async () => {
    const { commands, sent, welcome } = bench();
    welcome();
    const held = commands.ask("hold", hold);
    commands.status("away");
    welcome();
    expect(sent.map((message) => (message.kind === "command" ? message.id : null))).toEqual(["id-1", "id-1"]);
    commands.receive({ kind: "answered", id: "id-1", outcome: { ok: true, result: 1 } });
    vi.advanceTimersByTime(breakMsMax);
    await expect(held).resolves.toBe(1);
  });

  it("are not sent again to a server that does not know them, and wait for none that stays away", async () => {
    const { commands, sent, welcome } = bench();
    welcome();
    const one = commands.ask("hold", hold);
    commands.status("away");
    welcome("another");
    await expect(one).rejects.toEqual(offline);
    const two = commands.ask("hold", hold);
    commands.status("away");
    vi.advanceTimersByTime(breakMsMax);
    await expect(two).rejects.toEqual(offline);
    expect(sent).toHaveLength(2);
  });
});
