import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { type CentreConfig, type Entity, type EntityKind, say } from "@centrala/contract";
import { ok } from "@centrala/kit";
import { endAccounts } from "../../accounts/leaving.ts";
import { checkTimeZone } from "../../accounts/setup.ts";
import type { App } from "../../app.ts";
import { applyCentreFile, planCentreFile } from "../../centre-file/apply.ts";
import type { PlanChange } from "../../centre-file/changes.ts";
import { exportCentreFile } from "../../centre-file/export.ts";
import { type ParsedFile, withPlaces } from "../../centre-file/parse.ts";
import { newMistakes } from "../../core/config-mistakes.ts";
import { numbersElsewhere } from "../../core/other-centres.ts";
import { announceShortened, shortenedRetention } from "../../core/retention.ts";
import { entityView, judged, keepsManager, parseEntity, problemDetails, usesOf, withEntity } from "../entities.ts";
import { found, HttpProblem } from "../errors.ts";
import { type Caller, done, type Handler, type Handlers, whoOf } from "../handler.ts";
import { wouldDelete } from "../retention.ts";
import { requireChanges, requireCustomers, requireKind } from "../rights.ts";
import type { Services } from "../services.ts";
import { scopeOf } from "../sight.ts";

type Names =
  | "centre"
  | "changeCentre"
  | "entities"
  | "putEntity"
  | "removeEntity"
  | "trunkStates"
  | "deviceCredentials"
  | "plan"
  | "apply"
  | "exportCentre";

/** A change that is judged by what stands now, and not beside another one ({@link Services.changes}). */
function inTurn<N extends Names>(handler: Handler<N>): Handler<N> {
  return (call) => call.services.changes.run(() => handler(call));
}

export const configHandlers: Pick<Handlers, Names> = {
  centre: async ({ caller }) => caller.centre.config.current.centre,

  changeCentre: inTurn(async ({ app, caller, body, query }) => {
    checkTimeZone(body.timeZone);
    const { centre } = caller;
    const shortened = await judged(centre, async ({ version, centre: before }) => {
      const wanted = { ...body, outgoing: body.outgoing ?? before.outgoing };
      const shorter = await shortenedRetention(app, centre.id, before, wanted);
      if (shorter !== null && shorter.recordings > (query.deletes ?? 0)) throw wouldDelete(shorter);
      const changed = await app.store.centres.put(centre.id, wanted, undefined, version);
      return changed.ok ? ok(shorter) : changed;
    });
    await audit(app, caller, "centre.put", "centre");
    if (shortened !== null) await announceShortened(app, centre.id, whoOf(caller), shortened);
    await centre.config.reload();
    return centre.config.current.centre;
  }),

  entities: async ({ app, caller, params }) => {
    const { kind } = params;
    const [items, secrets, version] = await Promise.all([
      app.store.entities.list(caller.centre.id, kind),
      secretIds(app, caller.centre.id, kind),
      app.store.entities.configVersion(caller.centre.id),
    ]);
    return {
      items: items.map((item) => entityView(kind, item.value, item.version, secrets.has(item.value.id))),
      version,
    };
  },

  putEntity: inTurn(async ({ app, caller, params, body, services }) => {
    const { kind, id } = params;
    requireKind(caller, kind);
    const { value: given, expectedVersion } = parseEntity(kind, id, body);
    const { centre } = caller;
    const stored = await judged(centre, async (before) => {
      const value = kind === "prompt" ? keepAudio(before, given as Entity<"prompt">) : given;
      const after = withEntity(before, kind, id, value);
      const elsewhere = await numbersElsewhere(app.store, centre.id, before, after);
      const problems = [...newMistakes(before, after), ...elsewhere];
      if (problems.length > 0)
        throw new HttpProblem("CONFIG_INVALID", { details: problemDetails(problems, { kind, id }) });
      if (kind === "user" && !keepsManager(after.user)) throw lastManager();
      const changed = await app.store.entities.put(centre.id, kind, value, expectedVersion, before.version);
      return changed.ok ? ok({ value, before, version: changed.value.version }) : changed;
    });
    await audit(app, caller, "entity.put", `${kind}/${id}`);
    await caller.centre.config.reload();
    if (kind === "user") await endAccounts(services, centre, stored.before.user);
    const secrets = await secretIds(app, centre.id, kind);
    return entityView(kind, stored.value, stored.version, secrets.has(id));
  }),

  removeEntity: inTurn(async ({ app, caller, params, services }) => {
    const { kind, id } = params;
    requireKind(caller, kind);
    const before = await judged(caller.centre, async (current) => {
      const entities: readonly { readonly id: string }[] = current[kind];
      if (!entities.some((entity) => entity.id === id)) throw new HttpProblem("NOT_FOUND");
      if (id === caller.userId) throw new HttpProblem("IN_USE", { said: say("NOT_ONESELF") });
      const after = withEntity(current, kind, id, null);
      const problems = newMistakes(current, after);
      if (problems.length > 0) throw new HttpProblem("IN_USE", { details: usesOf(problems, current) });
      if (kind === "user" && !keepsManager(after.user)) throw lastManager();
      const gone = [{ delete: kind, id }];
      const changed = await app.store.entities.apply(caller.centre.id, gone, undefined, current.version);
      return changed.ok ? ok(current) : changed;
    });
    if (kind === "prompt") await rm(app.places.prompt(caller.centre.id, id), { force: true });
    await audit(app, caller, "entity.delete", `${kind}/${id}`);
    await caller.centre.config.reload();
    if (kind === "user") await endAccounts(services, caller.centre, before.user);
    return done;
  }),

  trunkStates: async ({ app, caller }) => ({
    items: app.phone.trunkStates(caller.centre.id).map((state) => ({ ...state })),
  }),

  deviceCredentials: inTurn(async ({ app, caller, params }) => {
    const password = newPassword();
    const device = await judged(caller.centre, async ({ version, device: devices }) => {
      const own = found(devices.find((candidate) => candidate.id === params.id));
      const { entities } = app.store;
      const changed = await entities.put(caller.centre.id, "device", { ...own, password }, undefined, version);
      return changed.ok ? ok(own) : changed;
    });
    await audit(app, caller, "device.password", `device/${device.id}`);
    await caller.centre.config.reload();
    const server = app.network.localAddresses[0] ?? app.network.publicAddress().address ?? "localhost";
    return { username: device.username, password, server, port: app.network.sipPort, transport: "udp" };
  }),

  plan: async ({ app, caller, body, services }) =>
    planCentreFile(app, caller.centre, await readFile(services, body.yaml), (changes) =>
      requireChanges(caller, changes),
    ),

  apply: async ({ app, caller, body, services }) => {
    const file = await readFile(services, body.yaml);
    return services.changes.run(async () => {
      const before = caller.centre.config.current.user;
      const outcome = await applyCentreFile(app, caller.centre, file, body.secrets ?? {}, {
        authorise: (changes) => requireChanges(caller, changes),
        deletes: body.deletes ?? 0,
        by: whoOf(caller),
      });
      if (outcome.unconfirmed !== null) throw wouldDelete(outcome.unconfirmed);
      if (outcome.problems.length === 0)
        await audit(app, caller, "centre-file.apply", "centre", { changes: summaryOf(outcome.changes) });
      await endAccounts(services, caller.centre, before);
      services.hub?.changed(caller.centre.id, "customers");
      return outcome;
    });
  },

  exportCentre: async ({ app, caller, query, reply }) => {
    const customers = query.customers === "yes";
    if (customers) requireCustomers(caller);
    const text = await exportCentreFile(app, caller.centre, { customers, scope: scopeOf(caller) });
    await audit(app, caller, "centre-file.export", "centre", { customers });
    return reply
      .header("content-disposition", 'attachment; filename="centre.yaml"')
      .type("application/yaml; charset=utf-8")
      .send(text);
  },
};

/** A file that comes over HTTP is read in a worker: the worst it can do is to be refused. */
async function readFile(services: Services, yaml: string): Promise<ParsedFile> {
  return withPlaces(await services.outside.run("centreFile", yaml));
}

/** How many of which kind were created, changed, removed: "change user" -> 2. */
function summaryOf(changes: readonly PlanChange[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action, kind } of changes) counts[`${action} ${kind}`] = (counts[`${action} ${kind}`] ?? 0) + 1;
  return counts;
}

function lastManager(): HttpProblem {
  return new HttpProblem("CONFIG_INVALID", {
    details: [{ path: "roles", line: null, ...say("LAST_MANAGER") }],
  });
}

/** What the server found out of a prompt's file stays, whatever a form sends. */
function keepAudio(config: CentreConfig, prompt: Entity<"prompt">): Entity<"prompt"> {
  const stored = config.prompt.find((candidate) => candidate.id === prompt.id);
  return { ...prompt, sha256: stored?.sha256 ?? null, durationMs: stored?.durationMs ?? null };
}

async function secretIds(app: App, centreId: string, kind: EntityKind): Promise<ReadonlySet<string>> {
  if (kind !== "trunk" && kind !== "device") return new Set();
  return new Set((await app.store.secrets.list(centreId, kind)).keys());
}

function audit(
  app: App,
  caller: Caller,
  what: string,
  target: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  return app.store.audit.add(caller.centre.id, { who: whoOf(caller), what, target, detail });
}

/** Letters and digits that nobody confuses on a telephone's small keys: about 99 bits. */
const passwordLetters = "abcdefghijkmnpqrstuvwxyz23456789";

function newPassword(): string {
  return Array.from({ length: 20 }, () => passwordLetters[randomInt(passwordLetters.length)]).join("");
}
