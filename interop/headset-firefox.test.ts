import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWebApp } from "./support/browser.ts";
import { Caller } from "./support/caller.ts";
import { password, startCentre, type TestCentre } from "./support/centre.ts";
import { Firefox, firefoxHz } from "./support/firefox.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { tones } from "./support/sounds.ts";

const hasNetwork = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ internal, family }) => !internal && family === "IPv4"),
);

if (!hasNetwork)
  process.stderr.write("!!! LEFT OUT: the headset in Firefox, for want of an address besides loopback\n");

describe.runIf(havePeers("firefox-esr") && hasNetwork)("[Firefox] the desk with its headset", () => {
  let centre: TestCentre;
  let anna: Operator;
  let firefox: Firefox;
  let caller: Caller;

  beforeAll(async () => {
    buildWebApp();
    const opening = Firefox.open();
    opening.catch(() => undefined);
    // Firefox offers no loopback address: both ends meet at this machine's own.
    centre = await startCentre({ settings: { bind: "0.0.0.0" } });
    await furnish(centre);
    anna = await centre.hire("anna");
    firefox = await opening;
  });
  afterAll(async () => {
    await firefox?.close();
    await centre?.close();
  });

  const key = (letter: string) => `button[aria-keyshortcuts="Alt+${letter}"]`;

  it("signs in and goes available with the headset", async () => {
    await firefox.goto(`${centre.url}/desk`);
    await firefox.fill('input[autocomplete="username"]', "anna");
    await firefox.fill('input[type="password"]', password);
    await firefox.press("Enter");
    await firefox.shows(`[data-scene="idle"] ${key("W")}`);
    await firefox.press("Alt", "w");
    // Nobody has allowed the microphone for good yet: the reason is explained before the browser asks.
    await firefox.click("Connect the headset");
    await anna.seen("the headset attached", (desk) => desk.headset === "attached");
    await firefox.click("Go available");
    await anna.seen("available with the headset", (desk) => desk.state === "available" && desk.headset === "attached");
  });

  it("a call is answered by its key, heard in both directions, held and taken back", async () => {
    caller = await Caller.dial(centre, numbers.queue, "+359881700001");
    await firefox.shows(key("A"));
    await firefox.press("Alt", "a");
    await caller.hears(firefoxHz);
    await firefox.hears(tones.caller);
    await firefox.shows(key("H"));
    await firefox.press("Alt", "h");
    await firefox.shows(`${key("H")}[aria-pressed="true"]`);
    await anna.seen("on hold", (desk) => desk.contact?.held === true);
    await caller.hearsNot(firefoxHz);
    await firefox.press("Alt", "h");
    await firefox.shows(`${key("H")}[aria-pressed="false"]`);
    await caller.hears(firefoxHz);
  });

  it("a reload in mid-call costs nothing", async () => {
    await firefox.reload();
    await caller.hears(firefoxHz);
    await firefox.hears(tones.caller);
    await firefox.shows(key("E"));
    await firefox.press("Alt", "e");
    await caller.ended();
    await anna.finish();
    expect(firefox.errors).toEqual([]);
  });
});
