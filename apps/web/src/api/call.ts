import { type RouteAddress, routes } from "virtual:routes";
import type { BodyOf, ErrorBody, ParamsOf, QueryOf, ResponseOf, RouteName } from "@centrala/contract";
import { basePath } from "./base.ts";

/** A refused or failed request; `body.code` is from the contract's error table, or OFFLINE when the server was not reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.name = "ApiError";
    this.status = status;
    this.body = body;
  }
}

type Part<K extends string, T> = [T] extends [undefined] ? { [P in K]?: undefined } : { [P in K]: T };
export type CallArguments<N extends RouteName> = Part<"params", ParamsOf<N>> &
  ([QueryOf<N>] extends [undefined] ? { query?: undefined } : { query?: QueryOf<N> }) &
  Part<"body", BodyOf<N>> & { file?: File | Blob; fileName?: string; signal?: AbortSignal };
type Optional<T> =
  Record<string, never> extends { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
    ? [input?: T]
    : [input: T];

const unauthorised = new Set<() => void>();
/** Tells when a request finds the session gone. Returns the way to stop listening. */
export function onSignedOut(listener: () => void): () => void {
  unauthorised.add(listener);
  return () => unauthorised.delete(listener);
}

/** Calls a route of the contract. Throws ApiError for refusals, unreachable servers and answers that aren't JSON. */
export async function call<N extends RouteName>(
  name: N,
  ...[input]: Optional<CallArguments<N>>
): Promise<ResponseOf<N>> {
  const route = routes[name];
  const given: {
    params?: unknown;
    query?: unknown;
    body?: unknown;
    file?: Blob;
    fileName?: string;
    signal?: AbortSignal;
  } = input ?? {};
  const response = await send(routeUrl(route, given.params, given.query), request(route, given));
  if (response.ok) return (await response.json().catch(() => ({}))) as ResponseOf<N>;
  const body = await readError(response);
  if (response.status === 401 && name !== "signIn" && name !== "session")
    for (const listener of [...unauthorised]) listener();
  throw new ApiError(response.status, body);
}

/** A route's answer that is a file. Throws as `call` does. */
export async function fetchFile<N extends RouteName>(name: N, body: BodyOf<N>): Promise<Blob> {
  const route = routes[name];
  const response = await send(routeUrl(route, undefined, undefined), request(route, { body }));
  if (!response.ok) throw new ApiError(response.status, await readError(response));
  return response.blob();
}

/** The address of a route, for links, audio elements and downloads. */
export function urlOf<N extends RouteName>(
  name: N,
  input: Pick<CallArguments<N>, "params" | "query"> = {} as CallArguments<N>,
): string {
  return routeUrl(routes[name], input.params, input.query);
}

function routeUrl(route: RouteAddress, params: unknown, query: unknown): string {
  const values = (params ?? {}) as Record<string, unknown>;
  const path = route.path.replace(/:([a-zA-Z]+)/g, (_, key: string) => encodeURIComponent(String(values[key] ?? "")));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return `${basePath}${path}${text ? `?${text}` : ""}`;
}

function request(
  route: RouteAddress,
  given: { body?: unknown; file?: Blob; fileName?: string; signal?: AbortSignal },
): RequestInit {
  const init: RequestInit = {
    method: route.method,
    credentials: "same-origin",
    headers: { accept: "application/json" },
  };
  if (given.signal) init.signal = given.signal;
  if (route.upload && given.file) {
    const form = new FormData();
    form.set("file", given.file, given.fileName ?? (given.file instanceof File ? given.file.name : "file"));
    return { ...init, body: form };
  }
  if (given.body === undefined) return init;
  return {
    ...init,
    body: JSON.stringify(given.body),
    headers: { accept: "application/json", "content-type": "application/json" },
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "OFFLINE", message: "The server does not answer." });
  }
}

async function readError(response: Response): Promise<ErrorBody> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === "object" && body !== null && "code" in body && typeof body.code === "string") {
    return { message: "", ...body } as ErrorBody;
  }
  return { code: response.status >= 500 ? "INTERNAL" : "INPUT_INVALID", message: response.statusText };
}
