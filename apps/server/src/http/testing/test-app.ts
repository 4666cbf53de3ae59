import { randomFillSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role, User } from "@centrala/contract";
import { openStore, type Store } from "@centrala/store";
import { testDatabase } from "@centrala/store/testing";
import type { LightMyRequestResponse } from "fastify";
import pino from "pino";
import { cookieName } from "../../accounts/access.ts";
import { ensureSetupToken } from "../../accounts/setup.ts";
import type { App, Centre, Watch, WatchNotice } from "../../app.ts";
import { type OpenCentre, openCentre } from "../../core/open-centre.ts";
import { preparePlaces } from "../../places.ts";
import { settingsSchema } from "../../settings/schema.ts";
import { Proxies } from "../proxies.ts";
import { createHttp, type HttpServers } from "../server.ts";
import { FakePhone } from "./fake-phone.ts";

export const password = "correct horse battery";
export const origin = "http://localhost:8080";

export type TestApp = {
  readonly app: App;
  readonly servers: HttpServers;
  readonly phone: FakePhone;
  readonly store: Store;
  /** The centre that `setUp` made. */
  centre(): Centre;
  /** Runs the set-up; gives the manager's session cookie. */
  setUp(): Promise<string>;
  /** Adds a person with a password; gives a session cookie. */
  addPerson(
    login: string,
    roles: readonly Role[],
    extra?: Partial<User>,
  ): Promise<{ readonly id: string; readonly cookie: string }>;
  /** A request as our own page sends it. */
  send(
    method: Method,
    url: string,
    cookie: string | null,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
  readonly watch: FakeWatch;
  stop(): Promise<void>;
};
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** An eye on disk and clock that sees what a test says. */
export class FakeWatch implements Watch {
  seen: WatchNotice[] = [];
  may = true;
  readonly notices = (): readonly WatchNotice[] => this.seen;
  readonly mayDelete = (): boolean => this.may;
  confirmClock(): void {
    this.seen = [];
    this.may = true;
  }
}

/** A whole server without telephones: real store, real core, real HTTP; only the lines outside are a fake. */
export async function testApp(clock: () => number = Date.now): Promise<TestApp> {
  const database = await testDatabase();
  const store = await openStore({ connection: database.connection, encryptionKey: new Uint8Array(32), now: clock });
  const data = await mkdtemp(join(tmpdir(), "centrala-http-"));
  const phone = new FakePhone();
  const centres = new Map<string, OpenCentre>();
  const log = pino({ level: process.env["TEST_LOG"] ?? "silent" });
  const entropy = { fill: (out: Uint8Array): void => void randomFillSync(out) };
  const startCentre = async (centreId: string): Promise<Centre> => {
    const running = centres.get(centreId);
    if (running !== undefined) return running;
    const perform = (command: Parameters<FakePhone["perform"]>[1]): void => phone.perform(centreId, command);
    const onLost = (): void => undefined;
    const centre = await openCentre({
      store,
      centreId,
      log,
      clock,
      nodeId: "test",
      sole: true,
      perform,
      legs: { alive: () => new Set(), dropUnknown: () => undefined },
      onLost,
      prepare: async () => undefined,
    });
    centres.set(centreId, centre);
    return centre;
  };
  const watch = new FakeWatch();
  const app: App = {
    settings: settingsSchema.parse({ data, httpPort: 0, httpsPort: 0, bind: "127.0.0.1" }),
    store,
    log,
    clock,
    entropy,
    version: "0.0.0-test",
    centres,
    startCentre,
    onCentreClosed: () => undefined,
    phone,
    places: preparePlaces(data),
    proxies: new Proxies([]),
    watch,
    network: {
      localAddresses: ["192.168.1.20"],
      publicAddress: () => ({ address: null, from: "none" }),
      httpUrl: origin,
      httpsUrl: "https://192.168.1.20:8443",
      sipPort: 5060,
      certificate: {
        kind: "local",
        validUntil: clock() + 86_400_000,
        authorityFingerprint: "AA:BB",
        authorityPem: "PEM",
      },
    },
  };
  const servers = await createHttp(app, { certificate: null, strictAnswers: true });
  const send: TestApp["send"] = (method, url, cookie, body, headers = {}) =>
    servers.http.inject({
      method,
      url,
      headers: {
        host: "localhost:8080",
        ...(method === "GET" ? {} : { origin }),
        ...(cookie === null ? {} : { cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body as object }),
    });
  const centre = (): Centre => {
    const [first] = centres.values();
    if (first === undefined) throw new Error("the test has no centre yet");
    return first;
  };
  return {
    app,
    watch,
    servers,
    phone,
    store,
    centre,
    send,
    setUp: async () => cookieOf(await send("POST", "/api/setup", null, await setupBody(app))),
    addPerson: async (login, roles, extra = {}) => {
      const user: User = {
        id: `user-${login}`,
        login,
        name: login,
        roles: [...roles],
        language: null,
        extension: null,
        active: true,
        skills: [],
        ...extra,
      };
      await store.entities.put(centre().id, "user", user);
      await store.credentials.setPassword(centre().id, user.id, password);
      await centre().config.reload();
      const { token } = await store.sessions.create(centre().id, user.id, { ttlMs: 3_600_000 });
      return { id: user.id, cookie: `${cookieName(false)}=${token}` };
    },
    stop: async () => {
      await servers.close();
      for (const running of centres.values()) await running.close();
      await store.close();
      await database.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function setupBody(app: App) {
  return {
    token: (await ensureSetupToken(app)) ?? "",
    centre: {
      name: "Зора",
      kind: "in-house",
      country: "BG",
      timeZone: "Europe/Sofia",
      language: "bg",
      recordingNotice: true,
      recordCalls: true,
      recordingRetentionDays: 90,
    },
    manager: { name: "Мария Петрова", login: "maria", password },
  };
}

/** The `name=value` of an answer's session cookie. */
export function cookieOf(response: LightMyRequestResponse): string {
  const header = response.headers["set-cookie"];
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) throw new Error(`no cookie in ${response.statusCode} ${response.body}`);
  return text.split(";", 1)[0] ?? "";
}
