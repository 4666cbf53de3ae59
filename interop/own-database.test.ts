import { SimulatedPhone } from "@centrala/sim";
import { isAvailable, type TestDatabase, testDatabase } from "@centrala/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { parties } from "./support/ports.ts";
import { tones, voice } from "./support/sounds.ts";

describe.runIf(havePeers("postgresql") && (await isAvailable("system")))("a PostgreSQL of one's own", () => {
  let database: TestDatabase;
  let centre: TestCentre;
  let anna: Operator;
  let phone: SimulatedPhone;

  beforeAll(async () => {
    database = await testDatabase("system");
    centre = await startCentre({ databaseUrl: urlOf(database) });
    await furnish(centre);
    anna = await centre.hire("anna");
    phone = await SimulatedPhone.open({
      registrar: centre.peer(),
      domain: parties.server,
      ...anna.phone,
      address: parties.phone,
      answersAfterMs: 50,
    });
    phone.onCall(({ audio }) => void audio.say(voice(tones.operator)));
    expect(await phone.registered()).toBe(true);
    await anna.available();
  });
  afterAll(async () => {
    await phone?.close();
    await centre?.close();
    await database?.stop();
  });

  it("carries a call as the embedded one does", async () => {
    const caller = await Caller.dial(centre, numbers.queue, "+359881000070");
    await caller.hears(tones.operator);
    await caller.hangsUp();
    await anna.finish("solved");
    const contact = await centre.ended("+359881000070");
    expect(contact).toMatchObject({ answered: true, disposition: "Solved", endCode: "CUSTOMER_HUNG_UP" });
    await centre.recording(contact.id);
  });

  it("gives the centre to a new server once the lease of a killed one has run out", async () => {
    const caller = await Caller.dial(centre, numbers.queue, "+359881000071");
    await caller.hears(tones.operator);
    await centre.kill();
    await centre.start();
    await caller.ended();
    expect(await centre.ended("+359881000071")).toMatchObject({ endCode: "SERVER_RESTARTED" });
    const { output } = await centre.command("replay");
    expect(output).toMatch(/ entries decided again, 0 differ/);
  });
});

function urlOf({ connection }: TestDatabase): string {
  if (!("host" in connection)) return connection.connectionString;
  const { host, port, database, user, password } = connection;
  const at = `host=${encodeURIComponent(host)}&port=${port}`;
  return `postgresql://${user}:${encodeURIComponent(password)}@/${database}?${at}`;
}
