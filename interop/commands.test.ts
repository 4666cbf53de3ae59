import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readWav } from "@centrala/media";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller } from "./support/caller.ts";
import { startCentre, TestCentre } from "./support/centre.ts";
import { eventually } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { freePort, freeRange, parties } from "./support/ports.ts";
import { temporaryFolder } from "./support/sounds.ts";

describe("commands beside a running server", () => {
  let centre: TestCentre;
  let restored: TestCentre | undefined;
  const folder = temporaryFolder("commands");

  beforeAll(async () => {
    centre = await startCentre();
    await furnish(centre);
    // The command calls from the loopback address itself; the carrier of the other tests has another one.
    await centre.change("trunk", "carrier", { sources: [parties.carrier, "127.0.0.1"] });
  });
  afterAll(async () => {
    await restored?.close();
    await centre?.close();
    folder.remove();
  });

  /** An address as `centrala call` takes it. */
  const address = (number: string): string => centre.uri(number);

  it("call says that it was answered, and keeps what it heard", async () => {
    const record = join(folder.path, "heard.wav");
    const words = ["--from", "+359881000090", "--seconds", "3", "--record", record];
    const { code, output } = await centre.command("call", address(numbers.kept), ...words);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('"answered":true,') });
    const heard = readWav(readFileSync(record));
    expect(heard.ok && heard.value.channels[0]?.some((sample) => Math.abs(sample) > 1_000)).toBe(true);
  });

  it("call presses keys and speaks a WAV file, which a voicemail records", async () => {
    const words = ["--from", "+359881000093", "--keys", "1", "--say", join(folder.path, "heard.wav"), "--seconds", "8"];
    expect(await centre.command("call", address(numbers.menu), ...words)).toMatchObject({ code: 0 });
    const { id } = await centre.ended("+359881000093");
    expect((await centre.recording(id)).channels).toHaveLength(2);
  });

  it("call ends with 1 and the answer's number when it was refused", async () => {
    const { code, output } = await centre.command("call", address(numbers.unknown), "--from", "+359881000091");
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('"answered":false,"status":404') });
  });

  it("ladder tells messages and facts of a contact in order", async () => {
    const { id } = await centre.ended("+359881000090");
    // Messages are written in batches, a moment after the call.
    const output = await eventually(
      async () => {
        const told = await centre.command("ladder", id);
        return told.code === 0 && told.output.includes("BYE") ? told.output : undefined;
      },
      { what: "the ladder" },
    );
    const order = ["INVITE sip:", "SIP/2.0 200", "ACK", "BYE"].map((text) => output.indexOf(text));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(output).toContain("contactEnded");
  });

  it("token makes a machine token that opens the interface with its roles and no others", async () => {
    const { code, output } = await centre.command("token", "watcher", "--roles", "technician");
    expect(code).toBe(0);
    const headers = { authorization: `Bearer ${output.trim()}` };
    expect((await centre.request("GET", "/api/system", undefined, headers)).status).toBe(200);
    expect((await centre.request("GET", "/api/contacts", undefined, headers)).status).toBe(403);
  });

  it("doctor asks the server", async () => {
    const { code, output } = await centre.command("doctor");
    expect(output).toMatch(/^ok {3}/m);
    expect([0, 1]).toContain(code);
  });

  it("config tells every setting and where it came from", async () => {
    const { code, output } = await centre.command("config");
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/^CENTRALA_DATA .*\(flag;/m) });
  });

  it("backup while a call runs, restore into an empty folder, start: the same contacts, and recordings play", async () => {
    const running = await Caller.dial(centre, numbers.kept, "+359881000092");
    await running.answered();
    const file = join(folder.path, "centre.backup");
    const made = await centre.command("backup", file);
    expect({ code: made.code, output: made.output }).toMatchObject({ code: 0 });
    expect(statSync(file).mode & 0o077).toBe(0);
    await running.hangsUp();
    await centre.ended("+359881000092");
    const before = await centre.ended("+359881000093");

    restored = await anotherCentre();
    expect(await restored.command("restore", file)).toMatchObject({ code: 0 });
    await restored.start();
    await restored.signIn("boss");
    const after = await restored.ended("+359881000093");
    expect(after).toEqual(before);
    const cut = await restored.ended("+359881000092");
    expect(cut).toMatchObject({ endCode: "SERVER_RESTARTED" });
    const recording = await restored.recording(after.id);
    expect(recording.channels).toHaveLength(2);
    expect(await restored.command("replay")).toMatchObject({ code: 0, output: expect.stringMatching(/, 0 differ/) });
  });

  it("restore into a folder that is not empty is refused and changes nothing", async () => {
    const { code, output } = await centre.command("restore", join(folder.path, "centre.backup"));
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(/^centrala: .*\((NOT_EMPTY|.*IN_USE)\)\s*$/),
    });
  });
});

/** A second machine, so to say: a folder and ports of its own, not started yet. */
async function anotherCentre(): Promise<TestCentre> {
  return new TestCentre(
    {},
    {
      http: await freePort(),
      https: await freePort(),
      sip: await freePort(),
      sips: await freePort(),
      rtp: await freeRange(100),
    },
  );
}
