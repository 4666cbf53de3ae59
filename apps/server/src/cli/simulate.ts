import { type Language, languageSchema } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import { callerBehaviour, SimulatedCall, SipLine, visit } from "@centrala/sim";
import { peerOf } from "./call.ts";
import { numberOf } from "./number.ts";

/** `centrala simulate`: callers at a chosen rate; every one's end is printed, the summary closes. */
export async function simulate(address: string, options: Readonly<Record<string, unknown>>): Promise<void> {
  const uri = address.startsWith("sip:") ? address : `sip:${address}`;
  const peer = await peerOf(uri, undefined);
  const language = languageOf(options.language);
  const rate = numberOf("--rate", options.rate ?? 10, 600);
  const callers = Math.ceil(numberOf("--callers", options.callers ?? 20, 100_000));
  const random = new SeededRandom(Math.trunc(numberOf("--seed", options.seed ?? 1, 2 ** 31)));
  const line = await SipLine.open({ address: peer.address.startsWith("127.") ? "127.0.0.1" : undefined });
  const running: Promise<void>[] = [];
  const ends: Record<string, number> = {};
  for (let caller = 1; caller <= callers; caller += 1) {
    const behaviour = callerBehaviour(random, language, ["1", "2", "0"]);
    const from = `+35988${String(1_000_000 + random.below(8_999_999))}`;
    running.push(
      (async () => {
        const placed = await SimulatedCall.place(line, { uri, peer, from });
        const outcome = await visit(placed, behaviour.steps, behaviour.patienceMs);
        const end = outcome.answered ? "answered" : `refused ${outcome.status ?? "-"}`;
        ends[end] = (ends[end] ?? 0) + 1;
        process.stdout.write(`caller ${caller} ${from} ${end}\n`);
      })(),
    );
    await new Promise((resolve) => setTimeout(resolve, 60_000 / rate));
  }
  await Promise.all(running);
  line.close();
  process.stdout.write(`${JSON.stringify({ callers, ends })}\n`);
}

function languageOf(given: unknown): Language {
  const parsed = languageSchema.safeParse(given ?? "en");
  if (!parsed.success) throw new Error(`--language takes ${languageSchema.options.join(", ")}; not ${String(given)}`);
  return parsed.data;
}
