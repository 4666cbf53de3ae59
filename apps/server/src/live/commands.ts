import { type ClientMessage, type CommandOutcome, errorTable, type Route, routes } from "@centrala/contract";
import { LruMap, randomHex } from "@centrala/kit";
import type { z } from "zod";
import { permits } from "../accounts/access.ts";
import { bodyOf, HttpProblem, problemOf, zodProblem } from "../http/errors.ts";
import type { Caller, Command, CommandHandlers } from "../http/handler.ts";
import { limitWrites } from "../http/limit-writes.ts";
import type { Services } from "../http/services.ts";
import { pause } from "../in-time.ts";
import type { CentreLive } from "./centre-live.ts";

type Message = Extract<ClientMessage, { kind: "command" }>;
type AnyCommand = (command: Omit<Command<"hangUp">, "params"> & { readonly params: unknown }) => Promise<unknown>;
/** Whose connection it is. */
export type Commander = { readonly live: CentreLive; readonly operatorId: string; readonly sessionId: string };

/** Commands of one tab that are under way. */
const atOnceMax = 32;
/** Answers that are kept for commands which come again after a break. */
const answersMax = 256;
/** A command that waits for a database holds back those after it no longer than this. */
const orderMsMax = 1_000;

/**
 * The clicks of one tab. They are done by the handlers of the routes of the same names: what a click may, and what it is
 * answered, does not depend on the way it came.
 */
export class LiveCommands {
  readonly #services: Services;
  readonly #handlers: CommandHandlers;
  readonly #commander: Commander;
  readonly #answers = new LruMap<Promise<CommandOutcome>>(answersMax);
  /** Until the last one has come to the core. */
  #before: Promise<unknown> = Promise.resolve();
  #running = 0;

  constructor(services: Services, handlers: CommandHandlers, commander: Commander) {
    this.#services = services;
    this.#handlers = handlers;
    this.#commander = commander;
  }

  /** Does a command, or gives the answer of the one that came with this id before. Never rejects. */
  take(message: Message): Promise<CommandOutcome> {
    const known = this.#answers.get(message.id);
    if (known !== undefined) return known;
    const answer = this.#measured(message);
    this.#answers.set(message.id, answer);
    return answer;
  }

  async #measured(message: Message): Promise<CommandOutcome> {
    const startedAt = performance.now();
    const { metrics } = this.#services;
    const outcome = await this.#answer(message);
    const status = outcome.ok ? 200 : outcome.status;
    metrics.observe("LIVE", routes[message.name].path, status, performance.now() - startedAt);
    return outcome;
  }

  async #answer(message: Message): Promise<CommandOutcome> {
    if (this.#running >= atOnceMax) return refusal(new HttpProblem("TOO_MANY_REQUESTS"), this.#requestId());
    const before = this.#before;
    let reached = (): void => undefined;
    this.#before = new Promise<void>((resolve) => (reached = resolve));
    this.#running += 1;
    try {
      await pause(orderMsMax, before);
      return { ok: true, result: await this.#run(message, reached) };
    } catch (error) {
      return this.#failure(error);
    } finally {
      reached();
      this.#running -= 1;
    }
  }

  async #run(message: Message, reached: () => void): Promise<unknown> {
    const route: Route = routes[message.name];
    const services = this.#services;
    const caller = this.#caller();
    if (!permits(route.access, caller.roles)) throw new HttpProblem("FORBIDDEN");
    limitWrites(services, caller, 1);
    const handler = this.#handlers[message.name] as unknown as AnyCommand;
    const params = read("params", route.params, message.params);
    const body = read("body", route.body, message.body) as undefined;
    const command = { app: services.app, services, params, query: undefined, body, caller, reached };
    return route.response.parse(await handler(command));
  }

  /** Who clicks, with the rights of this very moment. */
  #caller(): Caller {
    const { live, operatorId, sessionId } = this.#commander;
    const { centre } = live;
    const user = centre.config.current.user.find(({ id }) => id === operatorId);
    if (user?.active !== true) throw new HttpProblem("NOT_SIGNED_IN");
    return { centre, roles: user.roles, userId: operatorId, sessionId, tokenId: null, commandLine: false };
  }

  #failure(error: unknown): CommandOutcome {
    const problem = problemOf(error);
    const requestId = this.#requestId();
    const { log } = this.#services.app;
    if (problem.code === "INTERNAL") log.error({ err: error, requestId }, "a command failed");
    else if (errorTable[problem.code].status >= 500)
      log.warn({ code: problem.code, err: String(error), requestId }, "a command was refused");
    return refusal(problem, requestId);
  }

  #requestId(): string {
    return randomHex(this.#services.app.entropy, 8);
  }
}

function refusal(problem: HttpProblem, requestId: string): CommandOutcome {
  return { ok: false, status: errorTable[problem.code].status, error: bodyOf(problem, requestId) };
}

function read(context: "params" | "body", schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw zodProblem(parsed.error, context);
  return parsed.data;
}
