import { type Language, type LiveCommand, type Role, type RouteName, type Routes, say } from "@centrala/contract";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { App, Centre } from "../app.ts";
import type { CentreLive } from "../live/centre-live.ts";
import { HttpProblem } from "./errors.ts";
import type { Services } from "./services.ts";

/** Who asks: a person with a session, or a machine with a token. Roles are read anew with every request. */
export type Caller = {
  readonly centre: Centre;
  readonly roles: readonly Role[];
  /** Null for a machine. */
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly tokenId: string | null;
  /** A command on the machine itself, by the short token that it made in the database for this one time. */
  readonly commandLine: boolean;
};

type Parsed<T> = T extends z.ZodType ? z.infer<T> : undefined;
type Part<N extends RouteName, K extends string> = Routes[N] extends { readonly [P in K]: infer S }
  ? Parsed<S>
  : undefined;
export type Answer<N extends RouteName> = Routes[N] extends { readonly download: true }
  ? unknown
  : Parsed<Routes[N]["response"]>;

/** One request that passed validation and access. `caller` is null on public routes only. */
export type Call<N extends RouteName> = {
  readonly app: App;
  readonly services: Services;
  readonly params: Part<N, "params">;
  readonly query: Part<N, "query">;
  readonly body: Part<N, "body">;
  readonly caller: Routes[N] extends { readonly access: "public" } ? Caller | null : Caller;
  /** Called when what was asked has come to the core: what was asked after it may follow. */
  readonly reached: () => void;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};
export type Handler<N extends RouteName> = (call: Call<N>) => Promise<Answer<N>>;
/** One that came by HTTP or over a live connection: nothing of either is in it. */
export type Command<N extends LiveCommand> = Omit<Call<N>, "request" | "reply">;
export type CommandHandlers = { readonly [N in LiveCommand]: (command: Command<N>) => Promise<Answer<N>> };
export type Handlers = { readonly [N in RouteName]: Handler<N> };

/** The person who asks; machines have no desk. */
export function personOf(caller: Caller): string {
  if (caller.userId === null) throw new HttpProblem("FORBIDDEN", { said: say("PERSON_ONLY") });
  return caller.userId;
}

/** "user id", "token:<id>" or "cli" for the audit. */
export function whoOf(caller: Caller): string {
  if (caller.commandLine) return "cli";
  return caller.userId ?? `token:${caller.tokenId ?? "?"}`;
}

/** The person's language, else the centre's: for what is not said by the page itself. */
export function languageOf(caller: Caller): Language {
  const { user, centre } = caller.centre.config.current;
  return user.find((each) => each.id === caller.userId)?.language ?? centre.language;
}

export function liveOf(call: { readonly services: Services; readonly caller: Caller }): CentreLive {
  return call.services.live(call.caller.centre);
}

/** Whether somebody sees the whole floor, or only what concerns them. */
export function seesAll(caller: Caller): boolean {
  return caller.roles.includes("manager") || caller.roles.includes("supervisor");
}

export const done = { ok: true } as const;
