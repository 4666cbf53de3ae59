import {
  type CentreConfig,
  type Entity,
  type EntityKind,
  type ErrorBody,
  entitySchemas,
  type SentenceCode,
  say,
  sayIssue,
  type User,
  versionSchema,
} from "@centrala/contract";
import type { Problem } from "@centrala/domain";
import type { Result } from "@centrala/kit";
import type { ChangeCode } from "@centrala/store";
import type { Centre } from "../app.ts";
import { fieldProblem, HttpProblem } from "./errors.ts";

type Details = NonNullable<ErrorBody["details"]>;
type Versioned = Record<string, unknown>;

/** An entity as a person sent it: checked by its schema, without what only answers carry (`hasPassword`, `version`). */
export function parseEntity<K extends EntityKind>(
  kind: K,
  id: string,
  body: Versioned,
): { readonly value: Entity<K>; readonly expectedVersion: number | undefined } {
  const { hasPassword: _hasPassword, version, updatedAt: _updatedAt, ...rest } = body;
  const registration = withoutMark(rest.registration);
  const parsed = entitySchemas[kind].safeParse({
    ...rest,
    ...(registration === undefined ? {} : { registration }),
    id,
  });
  if (parsed.success) return { value: parsed.data as Entity<K>, expectedVersion: expectedVersion(version) };
  const details = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), line: null, ...sayIssue(issue) }));
  throw new HttpProblem("INPUT_INVALID", { details });
}

function expectedVersion(version: unknown): number | undefined {
  const parsed = versionSchema.optional().safeParse(version);
  if (!parsed.success) throw fieldProblem("version", say("FIELD_TYPE"));
  return parsed.data;
}

function withoutMark(registration: unknown): unknown {
  if (typeof registration !== "object" || registration === null) return registration;
  const { hasPassword: _hasPassword, ...rest } = registration as Versioned;
  return rest;
}

/** An entity as it may be shown: secrets never, but whether there is one. */
export function entityView(
  kind: EntityKind,
  value: Entity<EntityKind>,
  version: number,
  hasSecret: boolean,
): Versioned {
  if (kind === "device") return { ...value, password: null, hasPassword: hasSecret, version };
  if (kind !== "trunk") return { ...value, version };
  const { registration } = value as Entity<"trunk">;
  return {
    ...value,
    registration: registration === null ? null : { ...registration, password: null },
    hasPassword: hasSecret,
    version,
  };
}

/** The configuration as it would be with one entity put in or (`value` null) taken out. */
export function withEntity<K extends EntityKind>(
  config: CentreConfig,
  kind: K,
  id: string,
  value: Entity<K> | null,
): CentreConfig {
  const list: readonly { readonly id: string }[] = config[kind];
  const others = list.filter((entity) => entity.id !== id);
  return { ...config, [kind]: value === null ? others : [...others, value] };
}

const usedBy: Readonly<Partial<Record<EntityKind, SentenceCode>>> = {
  client: "USED_BY_CLIENT",
  number: "USED_BY_NUMBER",
  user: "USED_BY_USER",
  device: "USED_BY_DEVICE",
  queue: "USED_BY_QUEUE",
  scenario: "USED_BY_SCENARIO",
};

/** Who would miss what is to be removed: every other entity once, by its name. */
export function usesOf(problems: readonly Problem[], config: CentreConfig): Details {
  const users = new Map(problems.toReversed().map((problem) => [`${problem.kind}/${problem.id}`, problem]));
  return [...users.values()].toReversed().map((problem) => {
    const { kind, id, field } = problem;
    const code = usedBy[kind as EntityKind];
    const sentence = code === undefined ? problem : say(code, { name: nameOf(config, kind as EntityKind, id) });
    return {
      path: `${kind}/${id}.${field}`,
      line: null,
      message: sentence.message,
      code: sentence.code,
      params: sentence.params,
    };
  });
}

function nameOf(config: CentreConfig, kind: EntityKind, id: string): string {
  const list: readonly { readonly id: string; readonly name?: string; readonly number?: string }[] = config[kind];
  const entity = list.find((candidate) => candidate.id === id);
  return entity?.name ?? entity?.number ?? id;
}

/** Problems as details of a refusal; those of other entities are named with kind and id. */
export function problemDetails(
  problems: readonly Problem[],
  own?: { readonly kind: string; readonly id: string },
): Details {
  return problems.map((problem) => {
    const here = problem.kind === own?.kind && problem.id === own.id;
    // In a file a value stands twice; in a form somebody else has it already.
    const taken = here && problem.code === "STANDS_TWICE" ? takenBy(problem.field) : undefined;
    return {
      path: here ? problem.field : `${problem.kind}/${problem.id}.${problem.field}`,
      line: null,
      message: problem.message,
      code: problem.code,
      params: problem.params,
      ...(taken === undefined ? {} : say(taken)),
    };
  });
}

function takenBy(field: string): SentenceCode | undefined {
  const codes = Object.keys(takenFields) as (keyof typeof takenFields)[];
  return codes.find((code) => takenFields[code] === field);
}

const takenFields: Readonly<Record<Exclude<ChangeCode, "VERSION_CONFLICT" | "CONFIG_MOVED">, string>> = {
  LOGIN_TAKEN: "login",
  EXTENSION_TAKEN: "extension",
  USERNAME_TAKEN: "username",
  NUMBER_TAKEN: "number",
};

/** What the store refused, as a person is told. */
export function changeProblem(code: ChangeCode): HttpProblem {
  if (code === "VERSION_CONFLICT" || code === "CONFIG_MOVED") return new HttpProblem("CONFLICT");
  return new HttpProblem("CONFIG_INVALID", { details: [{ path: takenFields[code], line: null, ...say(code) }] });
}

const judgedMax = 5;

/**
 * Makes a change that is judged by the configuration as it stands; once it is stored it stands still, or is judged anew.
 * @param change judges, and stores with the version that it judged by
 */
export async function judged<T>(
  { config }: Pick<Centre, "config">,
  change: (current: CentreConfig) => Promise<Result<T, ChangeCode>>,
): Promise<T> {
  for (let times = 1; ; times += 1) {
    const outcome = await change(config.current);
    if (outcome.ok) return outcome.value;
    if (outcome.code !== "CONFIG_MOVED" || times === judgedMax) throw changeProblem(outcome.code);
    await config.reload();
  }
}

/** A centre without an active manager could not be managed by anybody any more. */
export function keepsManager(users: readonly User[]): boolean {
  return users.some((user) => user.active && user.roles.includes("manager"));
}
