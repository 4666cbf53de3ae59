import { SeededRandom } from "@centrala/kit";
import { SipLine } from "@centrala/sim";
import type { App } from "../app.ts";
import { DemoCallers } from "./callers.ts";
import { ensureDemoCentre } from "./centre.ts";
import { DemoOperators } from "./operators.ts";
import { DemoOutside } from "./outside.ts";

export type Demo = {
  /** No more callers; simulated operators leave. Idempotent. */
  stop(): Promise<void>;
};

const callsPerMinuteMax = 120;

/**
 * Makes the demonstration centre when the data folder has none, then lets simulated people phone in, be phoned, and work
 * as operators over real SIP and RTP until `stop`.
 * @param options.callsPerMinute from 0 (nobody phones) to 120
 */
export async function startDemo(app: App, options: { readonly callsPerMinute: number }): Promise<Demo> {
  const { centre, logins } = await ensureDemoCentre(app);
  const random = new SeededRandom(app.clock() >>> 0);
  const line = await SipLine.open({ address: "127.0.0.1", admit: () => ({ kind: "accept", principal: "demo" }) });
  const outside = new DemoOutside({ app, centre, line, random });
  await outside.start();
  const operators = new DemoOperators({ app, centre, random });
  await operators.start();
  const callers = new DemoCallers({ app, centre, line, random });
  const rate = Math.min(callsPerMinuteMax, Math.max(0, options.callsPerMinute));
  if (Number.isFinite(rate) && rate > 0) await callers.start(rate);
  describe(rate, logins);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await callers.stop();
    await operators.stop();
    line.close();
  };
  return { stop: () => (stopping ??= stop()) };
}

function describe(callsPerMinute: number, logins: readonly string[]): void {
  const lines = [
    "",
    `Demonstration: about ${callsPerMinute} simulated callers a minute, in Bulgarian, Russian and English.`,
    "Sign in with:",
    ...logins.map((login) => `  ${login}`),
    "Whoever signs in as an operator takes that operator's calls over from the simulated one.",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
