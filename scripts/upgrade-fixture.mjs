// `node scripts/upgrade-fixture.mjs`: a backup of this version, made while demonstration calls run, with what is in it.
// Made once when a version is released; every later version has to restore it (apps/server/src/cli/upgrade.test.ts).
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { environment, nodeFlags, prepare, root } from "./lib/toolchain.mjs";

const seconds = Number(process.env.FIXTURE_SECONDS ?? 75);
const folder = join(root, "interop/fixtures/upgrade");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const node = prepare({ web: false });
const scratch = mkdtempSync(join(tmpdir(), "centrala-fixture-"));
const data = join(scratch, "data");
const archive = join(scratch, "backup.tar");
const main = [...nodeFlags, join(root, "apps/server/src/main.ts")];

const server = await demonstration();
try {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const made = spawnSync(node, [...main, "backup", archive, "--data", data], {
    stdio: "inherit",
    env: environment(node),
  });
  if (made.status !== 0) throw new Error("the backup failed");
} finally {
  server.kill("SIGTERM");
  await new Promise((resolve) => server.once("exit", resolve));
}
const bytes = readFileSync(archive);
const description = join(folder, `expected-${version}.json`);
writeFileSync(description, JSON.stringify(expected(bytes)));
spawnSync(join(root, "node_modules/.bin/biome"), ["format", "--write", description], { stdio: "inherit" });
writeFileSync(join(folder, `backup-${version}.tar.gz`), gzipSync(bytes, { level: 9 }));
rmSync(scratch, { recursive: true, force: true });

async function demonstration() {
  const [http, sip] = [await freePort(), await freePort()];
  const ports = ["--http-port", `${http}`, "--https-port", "0", "--sip-port", `${sip}`, "--sips-port", "0"];
  const server = spawn(node, [...main, "serve", "--demo", "--data", data, "--bind", "127.0.0.1", ...ports], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment(node),
  });
  for await (const line of createInterface({ input: server.stdout })) {
    process.stdout.write(`${line}\n`);
    if (line.includes(`:${http}`)) break;
  }
  server.stdout.resume();
  return server;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** What must be there after the backup was restored, read from the file itself and not through the product. */
function expected(tar) {
  const rows = Map.groupBy(tableRows(tar), ({ table }) => table);
  const all = (table) => (rows.get(table) ?? []).map(({ row }) => row);
  const pick = (row, names) => Object.fromEntries(names.map((name) => [name, row[name]]));
  const contactFields = ["id", "direction", "client_id", "number_id", "queue_id", "customer_id", "started_at"];
  const ends = ["answered_at", "ended_at", "end_code", "answered", "missed", "voicemail", "disposition_id"];
  const recordingFields = ["id", "contact_id", "voicemail", "state", "duration_ms", "bytes", "sha256"];
  const users = all("entity").filter(({ kind }) => kind === "user");
  return {
    note: `What a later version must show after restoring backup-${version}.tar.gz. Contacts that were still open end as SERVER_RESTARTED at the next start; everything else stands as it was.`,
    entities: Object.fromEntries(
      Map.groupBy(all("entity"), ({ kind }) => kind)
        .entries()
        .map(([kind, of]) => [kind, of.length]),
    ),
    logins: users.map(({ data }) => data.login).sort(),
    customers: all("customer").length,
    addresses: all("address").length,
    journalEntries: all("journal").length,
    contacts: all("contact").map((row) => pick(row, [...contactFields, ...ends])),
    recordings: all("recording").map((row) => pick(row, recordingFields)),
    notes: all("contact_note").map((row) => pick(row, ["contact_id", "text"])),
  };
}

function tableRows(tar) {
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar
      .subarray(at, at + 100)
      .toString()
      .replace(/\0.*$/s, "");
    const size = Number.parseInt(tar.subarray(at + 124, at + 136).toString(), 8) || 0;
    if (name === "tables.ndjson") {
      const text = tar.subarray(at + 512, at + 512 + size).toString();
      return text
        .split("\n")
        .filter((line) => line.startsWith('{"table"'))
        .map((line) => JSON.parse(line));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error("the backup holds no tables");
}
