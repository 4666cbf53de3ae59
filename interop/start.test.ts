import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWebApp } from "./support/browser.ts";
import { Caller } from "./support/caller.ts";
import { isPostgres, root, startCentre, type TestCentre } from "./support/centre.ts";
import { Child } from "./support/child.ts";
import { eventually, pause } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";

/** `npm start` as a person at a terminal has it: a process group of its own that gets Ctrl-C as a whole. */
function npmStart(centre: TestCentre): Child {
  return new Child("npm start", "setsid", ["--wait", "npm", "start", "--silent", "--", ...centre.flags], { cwd: root });
}

/** SIGINT to everything in the group of the one process that is `npm start`. */
function ctrlC(started: Child): void {
  const children = execFileSync("ps", ["-o", "pgid=", "--ppid", String(started.pid)], { encoding: "utf8" });
  const group = Number(children.trim().split("\n")[0]);
  process.kill(-group, "SIGINT");
}

describe("npm start", () => {
  let centre: TestCentre;
  let started: Child;

  beforeAll(async () => {
    buildWebApp();
    centre = await startCentre();
    await furnish(centre);
    await centre.stop();
  });
  afterAll(async () => {
    await started?.stop("SIGKILL");
    await centre?.close();
  });

  async function start(): Promise<void> {
    started = npmStart(centre);
    await started.printed(/Centrala .* is running/, 60_000);
  }

  it("prints where to go, and no set-up link once there is a manager", async () => {
    await start();
    const { http, sip, sips } = centre.ports;
    const text = await eventually(() => (started.output.includes("SIP address") ? started.output : undefined), {
      what: "the addresses",
    });
    expect(text).toContain(`On this computer    http://localhost:${http}`);
    expect(text).toMatch(new RegExp(`SIP address +sip:[0-9.]+:${sip} +\\(UDP, TCP; TLS on ${sips}\\)`));
    expect(text).not.toContain("/setup?token=");
  });

  it("Ctrl-C refuses new calls, lets the running one end, and stops the database after it", async () => {
    const postmaster = centre.postmasterPid ?? 0;
    const caller = await Caller.dial(centre, numbers.kept, "+359881000080");
    await caller.answered();
    ctrlC(started);
    await started.printed(/Taking no more calls/);
    const late = await Caller.dial(centre, numbers.kept, "+359881000081");
    expect(await late.ended()).toMatchObject({ answered: false, status: 503 });
    await pause(500);
    expect({ server: started.isRunning, database: isPostgres(postmaster) }).toEqual({ server: true, database: true });
    await caller.hangsUp();
    await started.exited;
    expect(isPostgres(postmaster)).toBe(false);
  });

  it("a second start installs and builds nothing again", async () => {
    await start();
    expect(started.output).not.toMatch(/Installing|Building|Fetching/);
  });

  it("a second Ctrl-C ends at once, with the running call and the database", async () => {
    const postmaster = centre.postmasterPid ?? 0;
    const caller = await Caller.dial(centre, numbers.kept, "+359881000082");
    await caller.answered();
    ctrlC(started);
    await started.printed(/Taking no more calls/);
    // Two signals within three tenths of a second are taken for one.
    await pause(400);
    expect(isPostgres(postmaster)).toBe(true);
    ctrlC(started);
    await caller.ended();
    await started.exited;
    expect(isPostgres(postmaster)).toBe(false);
  });

  it("a restart has lost nothing", async () => {
    await centre.start();
    const first = await centre.ended("+359881000080");
    expect(first).toMatchObject({ endCode: "ABANDONED_IN_SCENARIO" });
    expect(await centre.ended("+359881000082")).toMatchObject({ endedAt: expect.any(Number) });
    const { code, output } = await centre.command("replay");
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/, 0 differ/) });
  });
});
