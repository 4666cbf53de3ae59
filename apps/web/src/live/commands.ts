import type { ClientMessage, CommandOutcome, LiveCommand, ServerMessage } from "@centrala/contract";
import { ApiError, type CallArguments } from "../api/call.ts";
import type { ConnectionStatus } from "./connection.ts";

type Message = Extract<ClientMessage, { kind: "command" }>;
type Pending = {
  readonly message: Message;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ApiError) => void;
};

/** After a break this long nobody waits for the answer any more: the desk shows what became of it. */
export const breakMsMax = 10_000;

/**
 * Commands that go over the live connection: each is answered once. After a break those without an answer are sent again on
 * the same stream, where the server knows them by their ids; on another one nobody knows whether they were done.
 */
export class LiveCommands {
  readonly #send: (message: ClientMessage) => boolean;
  readonly #newId: () => string;
  readonly #pending = new Map<string, Pending>();
  #stream: string | null = null;
  #isOpen = false;
  #giveUp: ReturnType<typeof setTimeout> | null = null;

  constructor(send: (message: ClientMessage) => boolean, newId: () => string) {
    this.#send = send;
    this.#newId = newId;
  }

  /** The answer to come; null when there is no connection over which to ask. */
  ask(name: LiveCommand, input: { readonly params?: unknown; readonly body?: unknown }): Promise<unknown> | null {
    if (!this.#isOpen) return null;
    const message: Message = { kind: "command", id: this.#newId(), name };
    if (input.params !== undefined) message.params = input.params as Record<string, string>;
    if (input.body !== undefined) message.body = input.body;
    if (!this.#send(message)) return null;
    return new Promise((resolve, reject) => this.#pending.set(message.id, { message, resolve, reject }));
  }

  receive(message: ServerMessage): void {
    if (message.kind === "answered") this.#answered(message.id, message.outcome);
    if (message.kind !== "welcome") return;
    if (message.stream !== this.#stream) this.end();
    this.#stream = message.stream;
    this.#isOpen = true;
    this.#stopGivingUp();
    for (const { message: sent } of [...this.#pending.values()]) this.#send(sent);
  }

  status(status: ConnectionStatus): void {
    if (status !== "away") return;
    this.#isOpen = false;
    this.#giveUp ??= setTimeout(() => this.end(), breakMsMax);
  }

  /** Whoever still waits for an answer is told that none comes. */
  end(): void {
    this.#isOpen = false;
    this.#stopGivingUp();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    const error = { code: "OFFLINE", message: "The server does not answer." };
    for (const { reject } of waiting) reject(new ApiError(0, error));
  }

  #answered(id: string, outcome: CommandOutcome): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (outcome.ok) pending?.resolve(outcome.result);
    else pending?.reject(new ApiError(outcome.status, outcome.error));
  }

  #stopGivingUp(): void {
    if (this.#giveUp !== null) clearTimeout(this.#giveUp);
    this.#giveUp = null;
  }
}

/** What a command takes besides its name. */
export type CommandInput<N extends LiveCommand> = Pick<CallArguments<N>, "params" | "body">;
