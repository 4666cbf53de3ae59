import type { CollectId, MediaCommand, MediaEvent, PlayId } from "@centrala/contract";

type CollectCommand = Extract<MediaCommand, { kind: "collectKeys" }>;
type Collected = Extract<MediaEvent, { kind: "keysCollected" }>;

/** What a key did: taken (perhaps as the last one), or nobody wanted it now. */
export type KeyOutcome =
  | { readonly kind: "ignored" }
  | { readonly kind: "taken"; readonly stopsPlay: boolean; readonly collected: Collected | undefined };

/** The most keys that are gathered at once, whatever the command says. */
const keysLimit = 128;

/**
 * Gathers the keys of one leg. Ends with "keys" at the terminator (which is not among them), at `keysMax`, or when after a
 * first key no other comes in time; with "timeout" when no key came at all.
 */
export class KeyCollector {
  readonly #command: CollectCommand;
  #keys = "";
  #waitsForPlay: PlayId | null;
  #deadline: number | undefined;

  /** @param playing whether the play it is to wait for is still going on */
  constructor(command: CollectCommand, playing: boolean, now: number) {
    this.#command = command;
    this.#waitsForPlay = playing ? command.afterPlayId : null;
    if (this.#waitsForPlay === null) this.#deadline = now + command.firstKeyTimeoutMs;
  }

  get collectId(): CollectId {
    return this.#command.collectId;
  }

  get isSensitive(): boolean {
    return this.#command.sensitive === true;
  }

  /** What may follow when as many secret keys were gathered as were asked for; undefined where none were secret. */
  spillAfter(key: string, now: number): KeySpill | undefined {
    const { terminator } = this.#command;
    return this.isSensitive && key !== terminator ? new KeySpill(terminator, now) : undefined;
  }

  /** Starts the first key's clock when this was the play it waited for. */
  playEnded(playId: PlayId, now: number): void {
    if (this.#waitsForPlay !== playId) return;
    this.#waitsForPlay = null;
    if (this.#keys === "") this.#deadline = now + this.#command.firstKeyTimeoutMs;
  }

  press(key: string, now: number): KeyOutcome {
    // Without barge-in, what is pressed into a prompt is no answer to it.
    if (this.#waitsForPlay !== null && !this.#command.bargeIn) return { kind: "ignored" };
    const stopsPlay = this.#command.bargeIn && this.#keys === "";
    if (key === this.#command.terminator) return { kind: "taken", stopsPlay, collected: this.#end("keys") };
    this.#keys += key;
    this.#deadline = now + this.#command.nextKeyTimeoutMs;
    const full = this.#keys.length >= Math.min(keysLimit, Math.max(1, this.#command.keysMax));
    return { kind: "taken", stopsPlay, collected: full ? this.#end("keys") : undefined };
  }

  /** The event that ends the collection when its time is up. */
  poll(now: number): Collected | undefined {
    if (this.#deadline === undefined || now < this.#deadline) return undefined;
    return this.#end(this.#keys === "" ? "timeout" : "keys");
  }

  cancel(): Collected {
    return this.#end("cancelled");
  }

  #end(outcome: Collected["outcome"]): Collected {
    return { kind: "keysCollected", collectId: this.collectId, outcome, keys: this.#keys };
  }
}

/** Somebody who types on lets no longer pass between two keys. */
const typingPauseMs = 1_000;

/**
 * A card's number is longer than what was asked for: its last keys belong to the secret, not to the next question. Keys are
 * nobody's until the terminator, or a pause.
 */
export class KeySpill {
  readonly #terminator: string | null;
  #until: number;

  constructor(terminator: string | null, now: number) {
    this.#terminator = terminator;
    this.#until = now + typingPauseMs;
  }

  lasts(now: number): boolean {
    return now < this.#until;
  }

  /** @returns whether the key is one of those that spilt over */
  takes(key: string, now: number): boolean {
    if (!this.lasts(now)) return false;
    this.#until = key === this.#terminator ? now : now + typingPauseMs;
    return true;
  }
}
