import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TestDatabase, testDatabase } from "@centrala/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explain } from "./explain.ts";
import { urlOf } from "./testing/url.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
let root: string;
let database: TestDatabase;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "centrala-failures-"));
  database = await testDatabase();
}, 60_000);
afterAll(async () => {
  await database.stop();
  rmSync(root, { recursive: true, force: true });
}, 60_000);

type Ending = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the command as a person would, with nothing of our own environment but the path. */
function centrala(words: readonly string[], options: readonly string[] = []): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", ...options, main, ...words],
      { env: { PATH: process.env.PATH ?? "" }, timeout: 30_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** The one line a failed command tells; anything more, and the test fails. */
async function failure(words: readonly string[], options?: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await centrala(words, options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stderr).not.toMatch(/^ +at /m);
  return stderr.trimEnd();
}

/** A port that somebody else has, on TCP and UDP. */
async function takenPort(): Promise<{ readonly port: number; free(): void }> {
  for (let tries = 0; tries < 20; tries += 1) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const socket = createSocket("udp4");
    const isBound = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false));
      socket.bind(port, "127.0.0.1", () => resolve(true));
    });
    const free = (): void => {
      server.close();
      socket.close();
    };
    if (isBound) return { port, free };
    // A port that is free for TCP may be another test's for UDP.
    free();
  }
  throw new Error("no port was found that is free for both");
}

function serve(...words: readonly string[]): string[] {
  return ["serve", "--data", join(root, "data"), "--bind", "127.0.0.1", "--log", "silent", ...words];
}

/** Every port free, the database another's: what is refused then is what the case changes. */
function serveWith(flag: string, value: string): string[] {
  const free: Record<string, string> = {
    "--database-url": urlOf(database.connection),
    "--http-port": "0",
    "--https-port": "0",
    "--sip-port": "0",
    "--sips-port": "0",
  };
  return serve(...Object.entries({ ...free, [flag]: value }).flat());
}

describe("a start that cannot be ends with one line, a non-zero exit and no stack trace", { timeout: 90_000 }, () => {
  it.each([
    ["--http-port", "CENTRALA_HTTP_PORT"],
    ["--https-port", "CENTRALA_HTTPS_PORT"],
    ["--sip-port", "CENTRALA_SIP_PORT"],
    ["--sips-port", "CENTRALA_SIPS_PORT"],
  ])("for a taken %s", async (flag, setting) => {
    const taken = await takenPort();
    const line = await failure(serveWith(flag, String(taken.port)));
    taken.free();
    expect(line).toMatch(new RegExp(`^centrala: port ${taken.port} is taken by another program; .*${setting}\\b`));
  });

  it("for taken voice ports", async () => {
    const taken = await takenPort();
    const line = await failure(serveWith("--rtp-ports", `${taken.port}-${Math.min(65_535, taken.port + 40)}`));
    taken.free();
    expect(line).toMatch(new RegExp(`^centrala: .*${taken.port}.*CENTRALA_RTP_PORTS`));
  });

  it("for an address that is not this machine's", async () => {
    expect(await failure(["serve", "--data", join(root, "data"), "--bind", "203.0.113.7"])).toBe(
      "centrala: 203.0.113.7 is not an address of this machine (CENTRALA_BIND) (SETTING_INVALID)",
    );
  });

  it("for a data folder that is a file, or lies below one", async () => {
    writeFileSync(join(root, "file"), "");
    for (const data of [join(root, "file"), join(root, "file", "below")]) {
      expect(await failure(["serve", "--data", data])).toBe(
        `centrala: ${data} is not a folder (CENTRALA_DATA) (FOLDER_NOT_WRITABLE)`,
      );
    }
  });

  it("for a data folder where nothing can be made", async () => {
    expect(await failure(["serve", "--data", "/proc/centrala"])).toMatch(
      /^centrala: the folder \/proc\/centrala cannot be written \([A-Z]+\); set CENTRALA_DATA to another one/,
    );
  });

  it("for a full disk", async () => {
    // Every write says what a full disk says: a disk of our own cannot be filled everywhere.
    const full = `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
      fs.writeFileSync = () => { throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }); };
      syncBuiltinESMExports();`;
    const preload = ["--import", `data:text/javascript,${encodeURIComponent(full)}`];
    const data = join(root, "full");
    expect(await failure(["serve", "--data", data], preload)).toBe(
      `centrala: the disk of ${data} is full (CENTRALA_DATA) (DISK_FULL)`,
    );
  });

  it("for a database that is not there, without its password", async () => {
    const line = await failure(serve("--database-url", "postgres://user:very-secret@127.0.0.1:1/centrala"));
    expect(line).toMatch(/^centrala: the database of CENTRALA_DATABASE_URL cannot be used: /);
    expect(line).not.toContain("very-secret");
  });

  it("for a certificate without its key, or that cannot be read", async () => {
    expect(await failure(serveWith("--tls-cert", "/nowhere.pem"))).toMatch(/CENTRALA_TLS_CERT and CENTRALA_TLS_KEY/);
    const both = [...serveWith("--tls-cert", "/nowhere.pem"), "--tls-key", "/nowhere.key"];
    expect(await failure(both)).toMatch(/^centrala: the certificate of CENTRALA_TLS_CERT cannot be read: ENOENT/);
  });

  it("for a setting that cannot be", async () => {
    expect(await failure(["serve", "--http-port", "eighty"])).toBe(
      'centrala: --http-port cannot be "eighty": a port is a whole number from 0 to 65535 (SETTING_INVALID)',
    );
    const data = join(root, "settings");
    expect(await failure(["config", "--data", root, "--rtp-ports", "5"])).toMatch(
      /^centrala: --rtp-ports cannot be "5"/,
    );
    expect(await failure(["config", "--data", data, "--log", "loud"])).toMatch(/^centrala: --log cannot be "loud"/);
  });

  it("for files that are not there", async () => {
    const files = ["--data", join(root, "data"), "--database-url", urlOf(database.connection)];
    expect(await failure(["apply", "/nowhere.yaml", ...files])).toBe("centrala: /nowhere.yaml cannot be read (ENOENT)");
    expect(await failure(["restore", "/nowhere.tar", ...files])).toMatch(/^centrala: .*\/nowhere\.tar.*\(ENOENT\)$/);
    expect(await failure(["ladder", "none", ...files])).toMatch(/^centrala: there is no centre yet/);
  });
});

describe("explain", () => {
  const error = (message: string, fields: object = {}): Error => Object.assign(new Error(message), fields);
  it.each([
    [
      error("listen EADDRINUSE", { code: "EADDRINUSE", syscall: "listen", port: 80, address: "::" }),
      "port 80 of :: is taken by another program",
    ],
    [error("listen EACCES", { code: "EACCES", syscall: "listen", port: 80 }), "port 80 may not be used by this user"],
    [error("write", { code: "ENOSPC", syscall: "write" }), "the disk is full"],
    [error("first line\nsecond line"), "first line"],
    [error("what\nmore", { code: "SOME_CODE" }), "what (SOME_CODE)"],
    ["just text", "just text"],
  ])("tells %s in one line", (given, line) => {
    expect(explain(given)).toBe(line);
  });
});
