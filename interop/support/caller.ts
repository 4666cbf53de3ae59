import { type CallOptions, SimulatedCall, SipLine } from "@centrala/sim";
import type { TestCentre } from "./centre.ts";
import { eventually, within } from "./eventually.ts";
import { parties } from "./ports.ts";
import { halfSecondSamples, hears, tones, voice } from "./sounds.ts";

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
    void call.ended.then(() => this.#line.close());
  }

  answered(withinMs = 15_000): Promise<void> {
    const ended = this.call.ended.then((outcome) => {
      throw new Error(`the call ended unanswered: ${JSON.stringify(outcome)}`);
    });
    return within(Promise.race([this.call.answered, ended]), "the answer to the caller", withinMs);
  }

  /** Waits until the caller hears the tone. */
  async hears(hz: number): Promise<void> {
    await eventually(() => hears(this.call.audio.heard(), hz), { what: `the caller to hear ${hz} Hz` });
  }

  /** Waits until the tone is in half a second that is received from now on. */
  async hearsAnew(hz: number): Promise<void> {
    const fresh = this.call.audio.heard().length + halfSecondSamples;
    await eventually(() => this.call.audio.heard().length >= fresh && hears(this.call.audio.heard(), hz), {
      what: `the caller to hear ${hz} Hz from now on`,
    });
  }

  async hangsUp(): Promise<void> {
    this.call.hangUp();
    await within(this.call.ended, "the end of the caller's call");
  }

  ended(withinMs = 15_000): ReturnType<typeof this.outcome> {
    return within(this.outcome(), "the call's end", withinMs);
  }

  outcome(): SimulatedCall["ended"] {
    return this.call.ended;
  }
}
