import type { LiveCommand, RouteName, Routes } from "@centrala/contract";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { App } from "../app.ts";
import type { CentreLive } from "../live/centre-live.ts";
import type { Caller } from "./caller.ts";
import type { Services } from "./services.ts";

export { type Caller, languageOf, personOf, seesAll, whoOf } from "./caller.ts";

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

export function liveOf(call: { readonly services: Services; readonly caller: Caller }): CentreLive {
  return call.services.live(call.caller.centre);
}

export const done = { ok: true } as const;
