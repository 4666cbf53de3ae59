import { isDeepStrictEqual } from "node:util";
import {
  type Centre,
  type CentreConfig,
  centreSchema,
  type Entity,
  type EntityKind,
  entityKinds,
  entitySchemas,
} from "@centrala/contract";
import { assert, fail, ok, type Result } from "@centrala/kit";
import { type Trx, translate, violatedConstraint } from "../database.ts";
import { StoreError } from "../error.ts";
import type { CentreRepository, ChangeCode, EntityChange, EntityRepository, SecretKind, Stored } from "../port.ts";
import { toJson } from "../text.ts";
import { type Context, hashOf } from "./context.ts";
import { clearSecret, putSecret } from "./secrets.ts";

const perKindMax = 50_000;

/** Entities of a centre: checked by their schema in both directions, versioned, secrets split off. */
export function createEntities(context: Context): EntityRepository & {
  putCentre: CentreRepository["put"];
} {
  const { db } = context;
  return {
    list: (centreId, kind) => db.inCentre(centreId, (trx) => list(trx, centreId, kind)),
    get: async (centreId, kind, id) =>
      db.inCentre(centreId, async (trx) => {
        const row = await selectEntity(trx, centreId, kind, id);
        return row === undefined ? undefined : toStored(kind, row);
      }),
    put: async (centreId, kind, value, expectedVersion, judgedBy) => {
      const change = { put: kind, value, expectedVersion } as EntityChange;
      const outcome = await applyAll(context, centreId, [change], { judgedBy });
      return outcome.ok
        ? ok({ version: outcome.value.versions[0] ?? 0, configVersion: outcome.value.configVersion })
        : outcome;
    },
    delete: async (centreId, kind, id) => {
      const outcome = await applyAll(context, centreId, [{ delete: kind, id }], {});
      return outcome.ok && outcome.value.versions[0] === 1;
    },
    apply: (centreId, changes, centre, judgedBy) => applyAll(context, centreId, changes, { centre, judgedBy }),
    putCentre: async (centreId, centre, expectedCentre, judgedBy) => {
      const outcome = await applyAll(context, centreId, [], { centre, expectedCentre, judgedBy });
      return outcome.ok
        ? ok({ version: outcome.value.centreVersion, configVersion: outcome.value.configVersion })
        : outcome;
    },
    loadConfig: (centreId) => db.inCentre(centreId, (trx) => loadConfig(trx, centreId), "repeatable read"),
    configVersion: (centreId) =>
      db.inCentre(centreId, async (trx) => (await selectCentre(trx, centreId, false)).config_version),
  };
}

type EntityRow = { readonly id: string; readonly data: unknown; readonly version: number; readonly updated_at: number };

async function list<K extends EntityKind>(trx: Trx, centreId: string, kind: K): Promise<readonly Stored<Entity<K>>[]> {
  const rows = await trx
    .selectFrom("entity")
    .select(["id", "data", "version", "updated_at"])
    .where("centre_id", "=", centreId)
    .where("kind", "=", kind)
    .orderBy("id")
    .limit(perKindMax)
    .execute();
  return rows.map((row) => toStored(kind, row));
}

async function selectEntity(trx: Trx, centreId: string, kind: EntityKind, id: string): Promise<EntityRow | undefined> {
  return trx
    .selectFrom("entity")
    .select(["id", "data", "version", "updated_at"])
    .where("centre_id", "=", centreId)
    .where("kind", "=", kind)
    .where("id", "=", id)
    .executeTakeFirst();
}

function toStored<K extends EntityKind>(kind: K, row: EntityRow): Stored<Entity<K>> {
  const parsed = entitySchemas[kind].safeParse(row.data);
  if (!parsed.success) throw new StoreError("ENTITY_BROKEN", `${kind} ${row.id} is broken`, parsed.error);
  return { value: parsed.data as Entity<K>, version: row.version, updatedAt: row.updated_at };
}

async function selectCentre(trx: Trx, centreId: string, lock: boolean) {
  const query = trx.selectFrom("centre").selectAll().where("centre_id", "=", centreId);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) throw new StoreError("CENTRE_UNKNOWN", "no such centre");
  return row;
}

async function loadConfig(trx: Trx, centreId: string): Promise<CentreConfig> {
  const centre = await selectCentre(trx, centreId, false);
  const parsed = centreSchema.safeParse(centre.data);
  if (!parsed.success) throw new StoreError("ENTITY_BROKEN", "the centre's settings are broken", parsed.error);
  const values = async <K extends EntityKind>(kind: K) =>
    (await list(trx, centreId, kind)).map((stored) => stored.value);
  return {
    version: centre.config_version,
    centre: parsed.data,
    client: await values("client"),
    trunk: await values("trunk"),
    number: await values("number"),
    user: await values("user"),
    device: await values("device"),
    skill: await values("skill"),
    hours: await values("hours"),
    queue: await values("queue"),
    scenario: await values("scenario"),
    prompt: await values("prompt"),
    breakReason: await values("breakReason"),
  };
}

type Applied = { readonly configVersion: number; readonly centreVersion: number; readonly versions: readonly number[] };
class Conflict extends Error {}
class Moved extends Error {}

type Whole = {
  /** Settings in the place of the centre's. */
  readonly centre?: Centre | undefined;
  /** The version that they are to replace. */
  readonly expectedCentre?: number | undefined;
  /** The version of the whole configuration by which the change was judged. */
  readonly judgedBy?: number | undefined;
};

async function applyAll(
  context: Context,
  centreId: string,
  changes: readonly EntityChange[],
  whole: Whole,
): Promise<Result<Applied, ChangeCode>> {
  try {
    const applied = await context.db.inCentre(centreId, (trx) => applyInside(context, trx, centreId, changes, whole));
    const gone = new Set(changes.flatMap((change) => ("delete" in change ? [change.id] : [])));
    if (gone.size > 0)
      context.remembered.sessions.forget((session) => session.centreId === centreId && gone.has(session.userId));
    return ok(applied);
  } catch (error) {
    if (error instanceof Moved) return fail("CONFIG_MOVED", "the configuration was changed meanwhile");
    if (error instanceof Conflict) return fail("VERSION_CONFLICT", error.message);
    const taken = takenBy(violatedConstraint(error));
    if (taken !== undefined) return taken;
    throw translate(error);
  }
}

function takenBy(constraint: string | undefined): ReturnType<typeof fail<ChangeCode>> | undefined {
  switch (constraint) {
    case "entity_login":
      return fail("LOGIN_TAKEN", "another user has this login");
    case "entity_extension":
      return fail("EXTENSION_TAKEN", "another user has this extension");
    case "entity_username":
    case "directory_phone":
      return fail("USERNAME_TAKEN", "another device has this user name");
    case "entity_number":
      return fail("NUMBER_TAKEN", "this number is already there on the same trunk");
    default:
      return undefined;
  }
}

async function applyInside(
  context: Context,
  trx: Trx,
  centreId: string,
  changes: readonly EntityChange[],
  { centre, expectedCentre, judgedBy }: Whole,
): Promise<Applied> {
  // The lock on the centre's row puts changes of one configuration in order: what was judged by this one still counts.
  const before = await selectCentre(trx, centreId, true);
  if (judgedBy !== undefined && judgedBy !== before.config_version) throw new Moved();
  const at = context.now();
  const versions = new Map<EntityChange, number>();
  let changed = false;
  // Deletions first, so that a login or number can move from one entity to another in one go.
  for (const change of [...changes].sort((a, b) => Number("put" in a) - Number("put" in b))) {
    const outcome = await applyChange(context, trx, centreId, change, at);
    versions.set(change, outcome.version);
    changed ||= outcome.changed;
  }
  const centreVersion = await writeCentre(trx, centreId, before, centre, expectedCentre, at);
  changed ||= centreVersion !== before.version;
  const configVersion = before.config_version + (changed ? 1 : 0);
  if (changed) {
    await trx.updateTable("centre").set({ config_version: configVersion }).where("centre_id", "=", centreId).execute();
  }
  return { configVersion, centreVersion, versions: changes.map((change) => versions.get(change) ?? 0) };
}

async function writeCentre(
  trx: Trx,
  centreId: string,
  before: { readonly data: unknown; readonly version: number },
  centre: Centre | undefined,
  expected: number | undefined,
  at: number,
): Promise<number> {
  if (centre === undefined) return before.version;
  if (expected !== undefined && expected !== before.version) throw new Conflict("the centre was changed meanwhile");
  const data = toJson(centreSchema.parse(centre));
  if (isDeepStrictEqual(JSON.parse(data), before.data)) return before.version;
  const version = before.version + 1;
  await trx.updateTable("centre").set({ data, version, updated_at: at }).where("centre_id", "=", centreId).execute();
  return version;
}

type Outcome = { readonly version: number; readonly changed: boolean };

async function applyChange(
  context: Context,
  trx: Trx,
  centreId: string,
  change: EntityChange,
  at: number,
): Promise<Outcome> {
  if ("delete" in change) return deleteEntity(trx, centreId, change.delete, change.id);
  return putEntity(context, trx, centreId, change, at);
}

async function deleteEntity(trx: Trx, centreId: string, kind: EntityKind, id: string): Promise<Outcome> {
  const present = await selectEntity(trx, centreId, kind, id);
  if (present === undefined) return { version: 0, changed: false };
  await trx
    .deleteFrom("entity")
    .where("centre_id", "=", centreId)
    .where("kind", "=", kind)
    .where("id", "=", id)
    .execute();
  if (kind === "trunk" || kind === "device") await clearSecret(trx, centreId, kind, id);
  if (kind === "user") await forgetUser(trx, centreId, id, loginOf(present.data));
  if (kind === "device") await unlist(trx, centreId, "phone", textOf(present.data, "username"));
  return { version: 1, changed: true };
}

/** With the user go password, sessions and invitations; contacts and audit keep the id. */
async function forgetUser(trx: Trx, centreId: string, userId: string, login: string | undefined): Promise<void> {
  for (const table of ["credential", "session", "invitation"] as const) {
    await trx.deleteFrom(table).where("centre_id", "=", centreId).where("user_id", "=", userId).execute();
  }
  await unlist(trx, centreId, "login", login);
}

type Put = Extract<EntityChange, { readonly put: EntityKind }>;

async function putEntity(context: Context, trx: Trx, centreId: string, change: Put, at: number): Promise<Outcome> {
  const kind = change.put;
  const parsed = entitySchemas[kind].safeParse(change.value);
  assert(parsed.success, `${kind} was not checked at the edge: ${parsed.error?.message}`);
  const { data: value, secret } = splitSecret(kind, parsed.data as Entity<EntityKind>);
  const present = await selectEntity(trx, centreId, kind, value.id);
  const version = present?.version ?? 0;
  if (change.expectedVersion !== undefined && change.expectedVersion !== version) {
    throw new Conflict(`${kind} ${value.id} was changed meanwhile`);
  }
  const secretChanged = secret !== undefined && (await writeSecret(context, trx, centreId, value.id, secret));
  const data = toJson(value);
  if (present !== undefined && isDeepStrictEqual(JSON.parse(data), present.data) && !secretChanged) {
    return { version, changed: false };
  }
  const row = { centre_id: centreId, kind, id: value.id, data, version: version + 1, updated_at: at };
  await trx
    .insertInto("entity")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["centre_id", "kind", "id"]).doUpdateSet({ data, version: version + 1, updated_at: at }),
    )
    .execute();
  if (kind === "user") await relist(trx, centreId, "login", loginOf(present?.data), loginOf(value));
  if (kind === "device") {
    await relist(trx, centreId, "phone", textOf(present?.data, "username"), textOf(value, "username"));
  }
  return { version: version + 1, changed: true };
}

type SecretChange = { readonly kind: SecretKind; readonly password: string | null; readonly gone: boolean };

/** The entity without its password, and what becomes of the stored one. */
function splitSecret(
  kind: EntityKind,
  value: Entity<EntityKind>,
): { readonly data: Entity<EntityKind>; readonly secret: SecretChange | undefined } {
  if (kind === "device") {
    const device = value as Entity<"device">;
    return { data: { ...device, password: null }, secret: { kind, password: device.password, gone: false } };
  }
  if (kind !== "trunk") return { data: value, secret: undefined };
  const trunk = value as Entity<"trunk">;
  const { registration } = trunk;
  if (registration === null) return { data: trunk, secret: { kind, password: null, gone: true } };
  const data = { ...trunk, registration: { ...registration, password: null } };
  return { data, secret: { kind, password: registration.password, gone: false } };
}

async function writeSecret(
  context: Context,
  trx: Trx,
  centreId: string,
  id: string,
  secret: SecretChange,
): Promise<boolean> {
  if (secret.gone) return clearSecret(trx, centreId, secret.kind, id);
  return secret.password !== null && putSecret(context, trx, centreId, secret.kind, id, secret.password);
}

function loginOf(data: unknown): string | undefined {
  return textOf(data, "login");
}

function textOf(data: unknown, field: "login" | "username"): string | undefined {
  const text = (data as Readonly<Record<string, unknown>> | undefined)?.[field];
  return typeof text === "string" ? text : undefined;
}

/** What is looked up before the centre is known; a telephone's user name is one centre's alone. */
async function relist(
  trx: Trx,
  centreId: string,
  kind: "login" | "phone",
  before: string | undefined,
  after: string | undefined,
): Promise<void> {
  if (before === after || after === undefined) return;
  await unlist(trx, centreId, kind, before);
  await trx
    .insertInto("directory")
    .values({ kind, key_hash: hashOf(after), centre_id: centreId })
    .onConflict((conflict) => conflict.columns(["kind", "key_hash", "centre_id"]).doNothing())
    .execute();
}

async function unlist(trx: Trx, centreId: string, kind: "login" | "phone", text: string | undefined): Promise<void> {
  if (text === undefined) return;
  await trx
    .deleteFrom("directory")
    .where("kind", "=", kind)
    .where("key_hash", "=", hashOf(text))
    .where("centre_id", "=", centreId)
    .execute();
}

assert(entityKinds.length === 11, "a new kind of entity belongs into loadConfig");
