import { type CallOptions, SimulatedCall, SipLine } from "@centrala/sim";
import type { TestCentre } from "./centre.ts";
import { eventually, within } from "./eventually.ts";
import { hearsFrom } from "./listening.ts";
import { parties } from "./ports.ts";
import { tones, voice } from "./sounds.ts";

const lingerMs = 10_000;

/** Somebody who phones the centre through a carrier; speaks a tone as soon as the call is answered. */
export class Caller {
  readonly call: SimulatedCall;
  readonly number: string;
  readonly #line: SipLine;

  static async dial(
    centre: TestCentre,
    number: string,
    from: string,
    options: Partial<CallOptions> & { readonly address?: string } = {},
  ): Promise<Caller> {
    const { address = parties.carrier, ...rest } = options;
    const line = await SipLine.open({ address });
    const call = await SimulatedCall.place(line, { uri: centre.uri(number), peer: centre.peer(), from, ...rest });
    void call.answered.then(() => call.audio.say(voice(tones.caller)));
    return new Caller(line, call, from);
  }

  private constructor(line: SipLine, call: SimulatedCall, number: string) {
    this.#line = line;
    this.call = call;
    this.number = number;
    // Whoever gives up early still waits for the first answer to cancel by, or to hang up on.
    void call.ended.then(() => setTimeout(() => this.#line.close(), lingerMs).unref());
  }

  answered(withinMs = 30_000): Promise<void> {
    const ended = this.call.ended.then((outcome) => {
      throw new Error(`the call ended unanswered: ${JSON.stringify(outcome)}`);
    });
    return within(Promise.race([this.call.answered, ended]), "the answer to the caller", withinMs);
  }

  /** Waits until the caller hears the tone: in half a second received from now on, for what came before proves nothing. */
  hears(hz: number): Promise<void> {
    return hearsFrom(this.call.audio, hz, "the caller");
  }

  /** Waits until the caller does not hear the tone, in half a second received from now on. */
  hearsNot(hz: number): Promise<void> {
    return hearsFrom(this.call.audio, hz, "the caller", false);
  }

  /** Waits until something loud was heard since the call began: a greeting, for one. */
  async hearsSomebody(): Promise<void> {
    await eventually(() => this.call.audio.heard().some((sample) => Math.abs(sample) > 3_000), {
      what: "the caller to hear somebody",
    });
  }

  async hangsUp(): Promise<void> {
    this.call.hangUp();
    await within(this.call.ended, "the end of the caller's call");
  }

  ended(withinMs = 30_000): ReturnType<typeof this.outcome> {
    return within(this.outcome(), "the call's end", withinMs);
  }

  outcome(): SimulatedCall["ended"] {
    return this.call.ended;
  }
}
