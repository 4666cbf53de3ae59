import { journalVersion } from "@centrala/contract";
/**
 * A server in small, to be killed by tests: opens the data folder given as argument, appends entries as fast as they are committed, and
 * prints each seq once it is acknowledged. Begins with a line of JSON on what it found.
 */
import { startEmbedded } from "../embedded/start.ts";
import { openStore } from "../open.ts";
import { exampleCentre } from "./examples.ts";

const [dataFolder = ""] = process.argv.slice(2);
const { connection, adopted } = await startEmbedded({ dataFolder, log: () => undefined });
const store = await openStore({ connection, encryptionKey: new Uint8Array(32) });
await store.centres.create("example", exampleCentre);
const [centre] = await store.centres.list();
const centreId = centre?.id ?? "";
const lease = await store.journal.acquireLease(centreId, String(process.pid), 60_000, true);
const epoch = lease.ok ? lease.value.epoch : 0;
let seq = await store.journal.lastSeq(centreId);
console.log(JSON.stringify({ adopted, centreId, epoch, seq }));
for (;;) {
  seq += 1;
  const facts = [{ kind: "recovered", legsLost: seq, aliveUntil: null }] as const;
  await store.journal.append(centreId, epoch, [
    { seq, at: seq, version: journalVersion, input: { kind: "tick" }, facts },
  ]);
  process.stdout.write(`${seq}\n`);
}
