import {
  type CentreConfig,
  devicePasswordSchema,
  type EntityKind,
  entityKinds,
  ownClientId,
  type SchemaIssue,
  say,
  sayIssue,
} from "@centrala/contract";
import type { Problem } from "@centrala/domain";
import { uuidV7 } from "@centrala/kit";
import type { EntityChange } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import { newMistakes } from "../core/config-mistakes.ts";
import { numbersElsewhere } from "../core/other-centres.ts";
import { announceShortened, type Shortened, shortenedRetention } from "../core/retention.ts";
import { type Changes, changesBetween, type PlanChange } from "./changes.ts";
import { applyCustomers, type CustomerChange, customerChanges } from "./customers.ts";
import { type Desired, desiredConfig } from "./desired.ts";
import { type FileProblem, type ParsedFile, type Path, secretKey } from "./parse.ts";
import {
  type FirstPassword,
  firstPasswordsOf,
  passwordProblems,
  setFirstPasswords,
  withFirstPasswords,
} from "./passwords.ts";
import { type CentreFile, type SecretRef, sectionOfKind } from "./schema.ts";

export type PlanOutcome = {
  changes: PlanChange[];
  problems: FileProblem[];
  /** Recordings that the file makes due by a shorter retention. */
  deletes: Shortened | null;
};
export type ApplyOutcome = {
  changes: PlanChange[];
  problems: FileProblem[];
  version: number;
  /** Nothing was done: so many recordings would be deleted, and nobody has confirmed it. */
  unconfirmed: Shortened | null;
};
export type ApplyOptions = {
  readonly authorise?: Authorise;
  /** How many recordings may become due by it. */
  readonly deletes?: number;
  /** Who does it, for whoever reads that recordings are deleted. */
  readonly by?: string;
};
/** What planning and applying need of a server; a stopped centre has no core, but the same store and configuration. */
export type FileApp = Pick<App, "store" | "clock" | "entropy">;
export type FileCentre = {
  readonly id: string;
  readonly config: Pick<Centre["config"], "current" | "reload" | "name">;
};

type Prepared = {
  readonly file: CentreFile;
  readonly parsed: ParsedFile;
  readonly desired: Desired;
  readonly changes: Changes;
  readonly customers: readonly CustomerChange[];
  readonly firstPasswords: readonly FirstPassword[];
};
/** Refuses what whoever brings the file may not change, by throwing. */
type Authorise = (changes: readonly PlanChange[]) => void;
const anybody: Authorise = () => undefined;

/** What a centre file would change, or what is wrong with it, by line and field. */
export async function planCentreFile(
  app: FileApp,
  centre: FileCentre,
  parsed: ParsedFile,
  authorise: Authorise = anybody,
): Promise<PlanOutcome> {
  const { prepared, problems } = await prepare(app, centre, parsed);
  const changes = prepared === null ? [] : planOf(prepared);
  authorise(changes);
  return { changes, problems, deletes: await shortenedBy(app, centre, prepared) };
}

async function shortenedBy(app: FileApp, centre: FileCentre, prepared: Prepared | null): Promise<Shortened | null> {
  if (prepared === null || !prepared.changes.centreChanged) return null;
  return shortenedRetention(app, centre.id, centre.config.current.centre, prepared.desired.config.centre);
}

const judgedMax = 5;

/**
 * Brings the centre to what the file says: everything at once or, with mistakes, nothing. Applying the same file again
 * changes nothing.
 * @param secrets values of the secrets that the file names, by `env:NAME` and `file:PATH`
 */
export async function applyCentreFile(
  app: FileApp,
  centre: FileCentre,
  parsed: ParsedFile,
  secrets: Readonly<Record<string, string>>,
  options: ApplyOptions = {},
): Promise<ApplyOutcome> {
  for (let times = 1; ; times += 1) {
    const outcome = await applyOnce(app, centre, parsed, secrets, options);
    // What was judged by an older configuration is judged anew.
    if (times === judgedMax || !outcome.problems.some(({ code }) => code === "CONFIG_MOVED")) return outcome;
    await centre.config.reload();
  }
}

async function applyOnce(
  app: FileApp,
  centre: FileCentre,
  parsed: ParsedFile,
  secrets: Readonly<Record<string, string>>,
  { authorise = anybody, deletes = 0, by = "cli" }: ApplyOptions,
): Promise<ApplyOutcome> {
  const { version } = centre.config.current;
  const refused = (problems: FileProblem[], unconfirmed: Shortened | null = null): ApplyOutcome => ({
    changes: [],
    problems,
    version,
    unconfirmed,
  });
  const { prepared, problems } = await prepare(app, centre, parsed);
  if (prepared !== null) authorise(planOf(prepared));
  if (prepared === null || problems.length > 0) return refused(problems);
  const shortened = await shortenedBy(app, centre, prepared);
  if (shortened !== null && shortened.recordings > deletes) return refused([], shortened);
  const { fresh, problems: secretMistakes } = await newSecrets(app, centre, prepared, secrets);
  const entities = withSecrets(prepared, fresh);
  const absent = [...secretMistakes, ...passwordProblems(prepared.firstPasswords, prepared.parsed, secrets)];
  if (absent.length > 0) return refused(absent);
  const settings = prepared.changes.centreChanged ? prepared.desired.config.centre : undefined;
  if (entities.length > 0 || settings !== undefined) {
    const applied = await app.store.entities.apply(centre.id, entities, settings, version);
    if (!applied.ok)
      return refused([{ path: "", line: null, code: applied.code, params: {}, message: applied.message }]);
  }
  if (shortened !== null) await announceShortened(app, centre.id, by, shortened);
  await setFirstPasswords(app.store, centre.id, prepared.firstPasswords, secrets);
  await applyCustomers(app.store, centre.id, prepared.customers);
  await centre.config.reload();
  const { version: now } = centre.config.current;
  return { changes: planOf(prepared), problems: [], version: now, unconfirmed: null };
}

function planOf(prepared: Prepared): PlanChange[] {
  const people = withFirstPasswords(prepared.changes.plan, prepared.firstPasswords);
  return [...people, ...prepared.customers.map((change) => change.plan)];
}

async function prepare(
  app: FileApp,
  centre: FileCentre,
  parsed: ParsedFile,
): Promise<{ readonly prepared: Prepared | null; readonly problems: FileProblem[] }> {
  if (parsed.file === null) return { prepared: null, problems: parsed.problems };
  const { file } = parsed;
  const current = centre.config.current;
  const desired = desiredConfig(current, file, parsed, () => uuidV7(app.clock(), app.entropy));
  const elsewhere = await numbersElsewhere(app.store, centre.id, current, desired.config);
  const mistakes = [...newMistakes(current, desired.config), ...elsewhere].map((problem) =>
    locate(problem, desired.config, file, parsed),
  );
  const problems = [
    ...desired.problems,
    ...withoutRepeats(mistakes, desired.problems),
    ...managerProblems(desired.config, parsed),
  ];
  const customers =
    file.customers === undefined
      ? []
      : await customerChanges(
          app.store,
          centre.id,
          desired.config.centre.country,
          file.customers,
          onlyClient(desired.config),
        );
  const firstPasswords = await firstPasswordsOf(app.store, centre.id, file, desired.idOfLogin);
  const changes = changesBetween(current, desired.config);
  return { prepared: { file, parsed, desired, changes, customers, firstPasswords }, problems };
}

/** A login that nobody has is told once, at its login, not again as a missing operator. */
function withoutRepeats(mistakes: readonly FileProblem[], told: readonly FileProblem[]): FileProblem[] {
  return mistakes.filter(({ path }) => !told.some((one) => one.path === path || one.path.startsWith(`${path}.`)));
}

/** Whose a card is that the file gives to nobody. */
function onlyClient(config: CentreConfig): string {
  return config.client.length === 1 ? (config.client[0]?.id ?? ownClientId) : ownClientId;
}

function managerProblems(config: CentreConfig, parsed: ParsedFile): FileProblem[] {
  if (config.user.some((user) => user.active && user.roles.includes("manager"))) return [];
  return [parsed.problemAt(["users"], say("LAST_MANAGER"))];
}

/** Where a mistake of the configuration stands in the file; what is not in the file is named by kind and id. */
function locate(problem: Problem, config: CentreConfig, file: CentreFile, parsed: ParsedFile): FileProblem {
  const kind = entityKinds.find((candidate) => candidate === problem.kind);
  const { code, params, message } = problem;
  if (kind === undefined) return parsed.problemAt(["centre", ...fieldPath(problem.field)], { code, params, message });
  const base = placeOf(kind, problem.id, config, file);
  if (base === undefined)
    return { path: `${problem.kind}/${problem.id}.${problem.field}`, line: null, code, params, message };
  return parsed.problemAt([...base, ...fieldPath(problem.field.replace(/\.userId$/, ".login"))], {
    code,
    params,
    message,
  });
}

function fieldPath(field: string): Path {
  return field === "" ? [] : field.split(".").map((part) => (/^[0-9]+$/.test(part) ? Number(part) : part));
}

function placeOf(kind: EntityKind, id: string, config: CentreConfig, file: CentreFile): Path | undefined {
  if (kind === "device") return devicePlace(id, file);
  const section = sectionOfKind[kind];
  const key = kind === "user" ? config.user.find((user) => user.id === id)?.login : id;
  const items = (file[section] ?? []) as readonly { readonly id?: string; readonly login?: string }[];
  // The last one: where a key stands twice, the second is the mistake.
  const index = items.findLastIndex((item) => (kind === "user" ? item.login : item.id) === key);
  return index < 0 ? undefined : [section, index];
}

function devicePlace(id: string, file: CentreFile): Path | undefined {
  for (const [index, user] of (file.users ?? []).entries()) {
    const place = user.devices.findIndex((device) => device.id === id);
    if (place >= 0) return ["users", index, "devices", place];
  }
  return undefined;
}

type NamedSecret = {
  readonly kind: "trunk" | "device";
  readonly id: string;
  readonly secret: SecretRef;
  readonly path: Path;
};

function entitySecrets(file: CentreFile): NamedSecret[] {
  const trunks = (file.trunks ?? []).flatMap((trunk, index): NamedSecret[] =>
    trunk.registration?.password === undefined
      ? []
      : [
          {
            kind: "trunk",
            id: trunk.id,
            secret: trunk.registration.password,
            path: ["trunks", index, "registration", "password"],
          },
        ],
  );
  const devices = (file.users ?? []).flatMap((user, index) =>
    user.devices.flatMap((device, place): NamedSecret[] =>
      device.password === undefined
        ? []
        : [
            {
              kind: "device",
              id: device.id,
              secret: device.password,
              path: ["users", index, "devices", place, "password"],
            },
          ],
    ),
  );
  return [...trunks, ...devices];
}

type FreshSecret = { readonly kind: "trunk" | "device"; readonly id: string; readonly value: string };

/** The changes with the secrets that were given put in; a secret alone is reason enough to write an entity again. */
function withSecrets(prepared: Prepared, fresh: readonly FreshSecret[]): EntityChange[] {
  const changes = [...prepared.changes.entities];
  for (const { kind, id, value } of fresh) {
    const entity = prepared.desired.config[kind].find((candidate) => candidate.id === id);
    const rest = changes.filter((change) => !("put" in change && change.put === kind && change.value.id === id));
    if (entity === undefined) continue;
    changes.splice(0, changes.length, ...rest, { put: kind, value: withPassword(entity, value) } as EntityChange);
  }
  return changes;
}

function withPassword<T extends object>(entity: T, password: string): T {
  if (!("registration" in entity)) return { ...entity, password };
  const { registration } = entity as { readonly registration: object | null };
  return { ...entity, registration: registration === null ? null : { ...registration, password } };
}

/**
 * The given secrets that differ from what is stored. A mistake is one that was neither given now nor before, and a new
 * password of a telephone that no form would take: what is stored already may stay.
 */
async function newSecrets(
  app: FileApp,
  centre: FileCentre,
  prepared: Prepared,
  secrets: Readonly<Record<string, string>>,
): Promise<{ readonly fresh: readonly FreshSecret[]; readonly problems: FileProblem[] }> {
  const problems: FileProblem[] = [];
  const fresh: FreshSecret[] = [];
  for (const { kind, id, secret, path } of entitySecrets(prepared.file)) {
    const given = secrets[secretKey(secret)];
    const stored = await app.store.secrets.get(centre.id, kind, id);
    if (given === undefined) {
      if (stored === undefined)
        problems.push(prepared.parsed.problemAt(path, say("SECRET_MISSING", { id: secretKey(secret) })));
      continue;
    }
    if (given === stored) continue;
    fresh.push({ kind, id, value: given });
    const issue = kind === "device" ? devicePasswordSchema.safeParse(given).error?.issues[0] : undefined;
    if (issue !== undefined) problems.push(prepared.parsed.problemAt(path, sayIssue(issue as SchemaIssue)));
  }
  return { fresh, problems };
}
