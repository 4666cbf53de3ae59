import { randomFillSync } from "node:crypto";
import { type Instant, PooledEntropy, randomHex } from "@centrala/kit";
import { createPhoneService, type PhoneService } from "@centrala/phone";
import { openStore, type Store, startEmbedded } from "@centrala/store";
import pino, { type Logger } from "pino";
import { ensureSetupToken } from "./accounts/setup.ts";
import { AddressWatch, webRtcAddresses } from "./address-watch.ts";
import type { App } from "./app.ts";
import { Centres } from "./core/centres.ts";
import { Housekeeping } from "./core/housekeeping.ts";
import { LastResort } from "./core/last-resort.ts";
import { stuckAfterMs } from "./core/loop.ts";
import type { OpenCentre } from "./core/open-centre.ts";
import { PhoneOfCentres } from "./core/phone-of-centres.ts";
import { steadyClock } from "./core/steady-clock.ts";
import { OwnWatch } from "./core/watch.ts";
import type { Demo } from "./demo/demo.ts";
import { ensureCertificate, type ServerCertificate } from "./http/certificates.ts";
import { Proxies } from "./http/proxies.ts";
import { createHttp } from "./http/server.ts";
import { boundAddresses, hostInUrl, isOwnAddress, localAddresses, shownHost } from "./network.ts";
import { installationKey, preparePlaces, StartError } from "./places.ts";
import type { LoadedSettings } from "./settings/load.ts";
import { version } from "./version.ts";

export type Server = {
  readonly app: App;
  /** Ends at once what can be ended; running calls are cut off. */
  close(): Promise<void>;
  /** Takes no new calls, waits for running ones (at most `drainMsMax`), then closes. */
  drain(): Promise<void>;
};

const drainMsMax = 10 * 60_000;
/** A second Ctrl-C ends running calls and lets the database write; longer than this it need not take. */
const closeMsMax = 5_000;
const sameSignalMs = 300;

/** `centrala serve`: runs until it is told to stop. */
export async function serve(
  loaded: LoadedSettings,
  options: { readonly demo: boolean; readonly rate: number },
): Promise<void> {
  const stop = new Stop();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.asked());
  // A terminal that was closed takes no more lines; the calls go on until they end.
  process.stdout.on("error", () => undefined);
  const server = await startServer(loaded);
  if (!stop.started(server)) return;
  if (options.demo)
    stop.demo = await (await import("./demo/demo.ts")).startDemo(server.app, { callsPerMinute: options.rate });
  await greet(server.app);
}

/** What Ctrl-C and a service manager's SIGTERM ask for: the first time an orderly end, the second time one at once. */
class Stop {
  demo: Demo | undefined;
  #server: Server | undefined;
  #times = 0;
  #countedAt = Number.NEGATIVE_INFINITY;

  asked(): void {
    // A terminal signals every process of its group and npm hands the signal on again: one Ctrl-C may come three times.
    const now = performance.now();
    if (now - this.#countedAt < sameSignalMs) return;
    this.#countedAt = now;
    this.#times += 1;
    if (this.#times === 1) this.#orderly();
    else if (this.#times === 2) this.#atOnce();
  }

  /** @returns false when the end was asked for while the server started; it is then closed again. */
  started(server: Server): boolean {
    this.#server = server;
    if (this.#times === 0) return true;
    void server.close().finally(() => process.exit(130));
    return false;
  }

  #orderly(): void {
    const server = this.#server;
    if (server === undefined) return say("Stopping as soon as the start is through (Ctrl-C again ends it now) ...");
    say("Taking no more calls. Waiting for running ones to end (Ctrl-C again ends them now) ...");
    void (this.demo?.stop() ?? Promise.resolve()).then(() => server.drain()).then(() => process.exit(0));
  }

  #atOnce(): void {
    setTimeout(() => process.exit(130), closeMsMax).unref();
    void (this.#server?.close() ?? Promise.resolve()).finally(() => process.exit(130));
  }
}

/** Starts everything and takes calls; the caller stops it. */
export async function startServer(loaded: LoadedSettings, options: { readonly log?: Logger } = {}): Promise<Server> {
  const { settings } = loaded;
  const elapsed = (): number => performance.now();
  const entropy = new PooledEntropy({ fill: (out) => void randomFillSync(out) });
  const log =
    options.log ??
    pino({
      level: settings.log,
      redact: ["password", "*.password", "authorization", "*.authorization", "headers.cookie"],
    });
  if (!(await isOwnAddress(settings.bind)))
    throw new StartError("SETTING_INVALID", `${settings.bind} is not an address of this machine (CENTRALA_BIND)`);
  const places = preparePlaces(settings.data);
  let centres: ReadonlyMap<string, OpenCentre> = new Map();
  let calls = (): number => 0;
  const idle = (): boolean =>
    calls() === 0 && [...centres.values()].every(({ core }) => core.state.contacts.size === 0);
  const clock = steadyClock({ wall: Date.now, elapsed, idle });
  const stuck = (): boolean => [...centres.values()].some((centre) => centre.core.stuckMs > stuckAfterMs);
  const closers: (() => Promise<void>)[] = [];
  let closing = Promise.resolve();
  const closeAll = (): Promise<void> => {
    const left = closers.splice(0).reverse();
    closing = closing.then(async () => {
      for (const close of left)
        await close().catch((error: unknown) => log.warn({ err: String(error) }, "did not close cleanly"));
    });
    return closing;
  };
  try {
    const sole = settings.databaseUrl === null;
    const store = await openDatabase(settings.databaseUrl, places.data, installationKey(places), log, closers);
    const renewCertificate = (): Promise<ServerCertificate> =>
      ensureCertificate({
        folder: places.keys,
        names: [
          ...localAddresses(),
          ...(settings.publicUrl === null ? [] : [new URL(settings.publicUrl).hostname]),
          ...(settings.publicAddress === null ? [] : [settings.publicAddress]),
        ],
        now: clock(),
        tlsCert: settings.tlsCert,
        tlsKey: settings.tlsKey,
      });
    const certificate = await renewCertificate();
    const service: PhoneService = await createPhoneService({
      bind: settings.bind,
      sipPort: settings.sipPort,
      sipsPort: settings.sipsPort,
      rtpPorts: settings.rtpPorts,
      silentAfterMs: settings.silentAfterS * 1_000,
      publicAddress: settings.publicAddress,
      tls: { certPem: certificate.certPem, keyPem: certificate.keyPem },
      webRtcAddresses: webRtcAddresses(settings),
      entropy,
      clock,
      userAgent: `Centrala/${version}`,
      overloaded: stuck,
      log: (level, message, details) => log[level](details, message),
    });
    calls = () => service.calls();
    const onJournal = (newestAt: Instant): void => watch.clock.sawJournal(newestAt);
    const own = new Centres(
      { store, places, log, clock, sole, nodeId: randomHex(entropy, 16), onJournal },
      () => phone,
    );
    centres = own.running;
    const watch: OwnWatch = new OwnWatch({
      places,
      log,
      wall: Date.now,
      elapsed,
      stuck,
      stopRecordings: () => phone.stopRecordings(),
      recordAgain: () => {
        for (const { core } of centres.values()) void core.submit({ kind: "roomToRecord" });
      },
    });
    const mayRecord = (): boolean => !watch.disk.short;
    const phone = new PhoneOfCentres({ service, store, places, centres, log, clock, entropy, mayRecord });
    // Calls end first, so that the cores still hear how; then the cores commit; then the last messages are stored.
    closers.push(async () => {
      await service.close();
      await own.close();
      await phone.close();
    });

    const app: App = {
      settings,
      store,
      log,
      clock,
      entropy,
      version,
      centres,
      startCentre: (centreId) => own.start(centreId),
      onCentreClosed: (listener) => own.onClosed(listener),
      phone,
      places,
      proxies: new Proxies(settings.trustedProxies ?? []),
      watch,
      network: {
        get localAddresses() {
          return boundAddresses(settings.bind);
        },
        publicAddress: () => service.publicAddress(),
        httpUrl: `http://localhost:${settings.httpPort}`,
        httpsUrl:
          settings.publicUrl ??
          `https://${shownHost(settings)}${settings.httpsPort === 443 ? "" : `:${settings.httpsPort}`}`,
        sipPort: service.sipPort,
        certificate: {
          kind: certificate.kind,
          validUntil: certificate.validUntil,
          authorityFingerprint: certificate.authorityFingerprint,
          authorityPem: certificate.authorityPem,
        },
      },
    };
    await own.startAll();
    const http = await createHttp(app, { certificate, renewCertificate });
    http.metrics.register({
      name: "centrala_phone_total",
      help: "What telephony counted since the start: messages that were malformed, challenged, dropped, and so on",
      labels: ["counter"],
      read: () => Object.entries(phone.counters()).map(([counter, value]) => ({ labels: { counter }, value })),
    });
    http.metrics.register({
      name: "centrala_sip_refused_total",
      help: "SIP requests refused since the start, by reason",
      labels: ["reason"],
      read: () => phone.refusalCounts().map(({ reason, count }) => ({ labels: { reason }, value: count })),
    });
    const lastResort = new LastResort({ log, elapsed, giveUp: () => process.exit(1) });
    const uninstall = lastResort.install();
    closers.push(async () => uninstall());
    http.metrics.register({
      name: "centrala_uncaught_total",
      help: "Mistakes since the start that nothing caught but the last resort, by kind",
      labels: ["kind"],
      read: () => Object.entries(lastResort.counts).map(([kind, value]) => ({ labels: { kind }, value })),
    });
    const addresses = new AddressWatch(
      () => webRtcAddresses(settings),
      (changed) => {
        log.info({ addresses: changed }, "this machine's addresses have changed: headsets are told the new ones");
        service.setWebRtcAddresses(changed);
      },
    );
    closers.push(async () => addresses.stop());
    await http.listen();
    closers.push(() => http.close());
    watch.start();
    closers.push(() => watch.stop());
    const housekeeping = new Housekeeping(app);
    housekeeping.start();
    closers.push(() => housekeeping.stop());
    return { app, close: closeAll, drain: () => drain(app, service, closeAll) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openDatabase(
  url: string | null,
  data: string,
  encryptionKey: Uint8Array,
  log: Logger,
  closers: (() => Promise<void>)[],
): Promise<Store> {
  let connection: Parameters<typeof openStore>[0]["connection"];
  if (url === null) {
    const embedded = await startEmbedded({ dataFolder: data, log: (level, message) => log[level](message) });
    closers.push(() => embedded.stop());
    connection = embedded.connection;
  } else {
    connection = { connectionString: url };
  }
  const store = await openStore({ connection, encryptionKey }).catch((error: unknown) => {
    if (url === null) throw error;
    throw new StartError(
      "DATABASE_AWAY",
      `the database of CENTRALA_DATABASE_URL cannot be used: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  });
  closers.push(() => store.close());
  return store;
}

async function drain(app: App, service: PhoneService, closeAll: () => Promise<void>): Promise<void> {
  service.refuseNewCalls();
  const until = Date.now() + drainMsMax;
  while (service.calls() > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 250));
  app.log.info({ calls: service.calls() }, "no call runs any more");
  await closeAll();
}

async function greet(app: App): Promise<void> {
  const token = await ensureSetupToken(app);
  const { address } = app.network.publicAddress();
  const [first] = app.network.localAddresses;
  const host = hostInUrl(first ?? "127.0.0.1");
  say("");
  say(`Centrala ${app.version} is running.`);
  say(`  On this computer    ${app.network.httpUrl}`);
  // Our own certificate is explained there first, on plain HTTP; a given one needs no words.
  const others =
    app.network.certificate.kind === "local" && app.settings.publicUrl === null
      ? `http://${host}:${app.settings.httpPort}`
      : app.network.httpsUrl;
  if (first !== undefined || app.settings.publicUrl !== null) say(`  From another one    ${others}`);
  else say(`  From another one    nobody: it listens on ${app.settings.bind} only (CENTRALA_BIND)`);
  say(
    `  SIP address         sip:${address ?? host}:${app.network.sipPort}  (UDP, TCP; TLS on ${app.settings.sipsPort})`,
  );
  if (token !== null) say(`  Set it up here      ${app.network.httpUrl}/setup?token=${token}`);
  say("");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
