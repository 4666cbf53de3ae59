import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import {
  type CentreConfig,
  type Centre as CentreSettings,
  centreSchema,
  mixesScripts,
  type Queue,
  say,
  type User,
} from "@centrala/contract";
import { defaultConfig } from "@centrala/domain";
import type { EntityChange } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import { HttpProblem } from "../http/errors.ts";
import type { Call } from "../http/handler.ts";
import { newId } from "../http/services.ts";

const tokenKey = "setup/token";
/** Only one set-up runs at a time: two clicks must not make two centres. */
let running = false;

/** Whether no centre has a person in it yet. */
export async function setupNeeded(app: App): Promise<boolean> {
  const centres = await app.store.centres.list();
  const [first] = centres;
  if (first === undefined) return true;
  if (centres.length > 1) return false;
  return (await app.store.entities.list(first.id, "user")).length === 0;
}

/**
 * A new token for the set-up link when the installation still waits to be set up, else null. The one before stops working:
 * only its hash is stored, so every start prints a new link.
 */
export async function ensureSetupToken(app: App): Promise<string | null> {
  if (!(await setupNeeded(app))) return null;
  const token = randomBytes(24).toString("base64url");
  await app.store.settings.put(tokenKey, { hash: hashOf(token) });
  return token;
}

/** Creates the centre, what it starts with, and its first manager, who is an operator too. */
export async function setUpCentre(
  app: App,
  input: Call<"setup">["body"],
): Promise<{ readonly centre: Centre; readonly userId: string }> {
  if (running || !(await setupNeeded(app))) throw new HttpProblem("ALREADY_SET_UP");
  if (!(await isSetupToken(app, input.token))) throw new HttpProblem("LINK_EXPIRED");
  checkTimeZone(input.centre.timeZone);
  checkLogin(input.manager.login);
  running = true;
  try {
    const settings: CentreSettings = centreSchema.parse(input.centre);
    const [existing] = await app.store.centres.list();
    const centreId = existing?.id ?? (await createCentre(app, settings));
    const userId = newId(app);
    const manager: User = {
      id: userId,
      login: input.manager.login.toLowerCase(),
      name: input.manager.name,
      roles: ["manager", "operator"],
      language: settings.language,
      // Nowhere an emergency number, as 101 to 104 are in many countries.
      extension: "201",
      active: true,
      skills: [],
    };
    await app.store.credentials.setPassword(centreId, userId, input.manager.password);
    const applied = await app.store.entities.apply(centreId, firstEntities(settings, manager), settings);
    if (!applied.ok) throw new HttpProblem("CONFLICT", { message: applied.message });
    await app.store.settings.delete(tokenKey);
    const centre = app.centres.get(centreId) ?? (await app.startCentre(centreId));
    await centre.config.reload();
    await app.store.audit.add(centreId, { who: userId, what: "centre.create", target: `centre/${centreId}` });
    return { centre, userId };
  } finally {
    running = false;
  }
}

async function createCentre(app: App, settings: CentreSettings): Promise<string> {
  const created = await app.store.centres.create("main", settings);
  if (!created.ok) throw new HttpProblem("ALREADY_SET_UP");
  return created.value.id;
}

function firstEntities(settings: CentreSettings, manager: User): EntityChange[] {
  const config: Omit<CentreConfig, "version"> = defaultConfig(settings);
  const changes: EntityChange[] = [{ put: "user", value: manager }];
  for (const value of config.client) changes.push({ put: "client", value });
  for (const value of config.skill) changes.push({ put: "skill", value });
  for (const value of config.hours) changes.push({ put: "hours", value });
  for (const value of config.queue) changes.push({ put: "queue", value: withOperator(value, manager.id) });
  for (const value of config.scenario) changes.push({ put: "scenario", value });
  for (const value of config.breakReason) changes.push({ put: "breakReason", value });
  return changes;
}

function withOperator(queue: Queue, userId: string): Queue {
  return { ...queue, operators: [...queue.operators, { userId, tier: 1 }] };
}

/** Whether this is the token of the newest set-up link. */
export async function isSetupToken(app: App, token: string): Promise<boolean> {
  const stored = (await app.store.settings.get(tokenKey)) as { readonly hash?: unknown } | undefined;
  const expected = typeof stored?.hash === "string" ? stored.hash : "";
  const given = hashOf(token);
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}

export function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw new HttpProblem("INPUT_INVALID", {
      details: [{ path: "centre.timeZone", line: null, ...say("TIME_ZONE_UNKNOWN") }],
    });
  }
}

/** A centre file and a form are held to the same by the check of a whole configuration. */
function checkLogin(login: string): void {
  if (mixesScripts(login))
    throw new HttpProblem("INPUT_INVALID", {
      details: [{ path: "manager.login", line: null, ...say("LOGIN_MIXED", { value: login }) }],
    });
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
