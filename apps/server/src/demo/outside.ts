import type { Language } from "@centrala/contract";
import type { SeededRandom } from "@centrala/kit";
import { CallTaker, type SipLine, type TakenCall } from "@centrala/sim";
import type { App, Centre } from "../app.ts";
import { pause } from "../in-time.ts";
import { between, say } from "./people.ts";

export const demoTrunkId = "demo-line";

type Options = {
  readonly app: App;
  readonly centre: Centre;
  readonly line: SipLine;
  readonly random: SeededRandom;
};

/** Everybody outside: whoever is phoned from the demonstration centre answers, speaks a little and hangs up. */
export class DemoOutside {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Leads the demonstration's trunk to our line, whose port is another at every start. */
  async start(): Promise<void> {
    const { app, centre, line, random } = this.#options;
    const taker = new CallTaker(line, () => (random.below(10) === 0 ? null : between(random, 2_000, 6_000)));
    taker.onCall((call) => void this.#talk(call));
    line.onOther((event) => event.kind === "incoming" && void taker.incoming(event));
    const trunk = centre.config.current.trunk.find((candidate) => candidate.id === demoTrunkId);
    if (trunk === undefined || trunk.port === line.port) return;
    const changed = await app.store.entities.put(centre.id, "trunk", { ...trunk, port: line.port });
    if (changed.ok) await centre.config.reload();
  }

  async #talk(call: TakenCall): Promise<void> {
    const { random } = this.#options;
    const language = languageOf(call.called);
    await pause(800, call.ended);
    await say(call.audio, language, "greeting-client", call.ended);
    await pause(between(random, 4_000, 12_000), call.ended);
    await say(call.audio, language, "sim-thanks", call.ended);
    await pause(between(random, 4_000, 15_000), call.ended);
    await say(call.audio, language, "sim-goodbye", call.ended);
    call.hangUp();
  }
}

function languageOf(number: string): Language {
  if (number.startsWith("+7")) return "ru";
  return number.startsWith("+44") ? "en" : "bg";
}
