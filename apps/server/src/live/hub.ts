import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ClientMessage, clientMessageSchema, type JournalEntry } from "@centrala/contract";
import { assertNever, randomHex } from "@centrala/kit";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { sessionCaller, sessionTokenOf, sessionTtlMs } from "../accounts/access.ts";
import type { App } from "../app.ts";
import type { Caller, CommandHandlers } from "../http/handler.ts";
import { isLoopback, isOwnHost, isOwnOrigin, isSecure } from "../http/hosts.ts";
import type { Services } from "../http/services.ts";
import type { CentreLive } from "./centre-live.ts";
import { LiveCommands } from "./commands.ts";
import { FloorBoard } from "./floor-board.ts";
import { Headsets } from "./headsets.ts";
import { type Notice, Notices } from "./notices.ts";
import { Pusher } from "./pusher.ts";
import { membersOf, QueueBoard } from "./queue-board.ts";
import { type List, type Rights, rightsIn } from "./rights.ts";
import { encode, Stream } from "./stream.ts";
import { touchedBy } from "./touched.ts";

const messageBytesMax = 64 * 1024;
const connectionsMax = 5_000;
const streamsPerUserMax = 12;
const pingEveryMs = 10_000;
const silenceMsMax = 30_000;
const streamKeptMs = 60_000;
const messagesPerSecondMax = 50;
const sessionsCheckedEveryMs = 60_000;

type Tab = {
  readonly stream: Stream;
  readonly pusher: Pusher;
  readonly live: CentreLive;
  readonly commands: LiveCommands;
  /** Those with which it was last told of the configuration; what is sent asks for those of the moment. */
  told: Rights;
};
/** What all tabs of a centre look at, made once. */
type Boards = { readonly live: CentreLive; readonly floor: FloorBoard; readonly queues: QueueBoard; stop(): void };
/** The WebSocket `/api/live` of all tabs: who is connected, what each was sent, and what each has to be sent next. */
export class LiveHub {
  readonly #services: Services;
  readonly #handlers: CommandHandlers;
  readonly #app: App;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    clientTracking: true,
    perMessageDeflate: false,
  });
  readonly #tabs = new Map<string, Tab>();
  /** By centre and operator: most of what happens concerns one person. */
  readonly #byOperator = new Map<string, Set<Tab>>();
  readonly #boards = new Map<string, Boards>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #sessionTimer: ReturnType<typeof setInterval>;
  readonly #notices = new Notices((centreId, notices) => this.#sendNotices(centreId, notices));
  readonly headsets: Headsets;

  constructor(services: Services, handlers: CommandHandlers) {
    this.#services = services;
    this.#handlers = handlers;
    this.#app = services.app;
    this.headsets = new Headsets(services.app, (centreId, operatorId, isComing) =>
      this.#headsetComes(centreId, operatorId, isComing),
    );
    services.hub = this;
    this.#timer = setInterval(() => this.#beat(), pingEveryMs);
    this.#timer.unref();
    this.#sessionTimer = setInterval(() => {
      this.endGoneSessions().catch((error: unknown) =>
        this.#app.log.warn({ err: String(error) }, "the sessions of live connections could not be checked"),
      );
    }, sessionsCheckedEveryMs);
    this.#sessionTimer.unref();
    services.app.phone.onTrunkState((centreId) => this.#notices.add(centreId, "trunks"));
    services.metrics.register({
      name: "centrala_live_connections",
      help: "Open live connections of browsers",
      read: () => [{ value: this.#server.clients.size }],
    });
  }

  /** Takes an upgrade of one of the HTTP servers; whatever is not a signed-in page of ours is refused with a status. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    this.#admit(request).then(
      (admitted) => {
        if (typeof admitted === "number") return refuse(socket, admitted);
        this.#services.strangers.known(request.socket);
        this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#connect(webSocket, admitted));
      },
      (error: unknown) => {
        this.#app.log.warn({ err: String(error) }, "a live connection could not be admitted");
        refuse(socket, 503);
      },
    );
  }

  /** Tells every tab of a centre that a list changed. */
  changed(centreId: string, what: List): void {
    for (const tab of this.#tabsOf(centreId))
      if (tab.stream.rights.lists.has(what)) tab.stream.push({ kind: "changed", what });
  }

  /** Sends an operator's desk again, because something outside the journal changed (a note, a card). */
  refreshDesk(centreId: string, operatorId: string): void {
    for (const tab of this.#tabsOfOperator(centreId, operatorId)) tab.pusher.desk();
  }

  /** Ends the live connections of a session. Returns whether the operator has another tab elsewhere. */
  signOut(centreId: string, sessionId: string): boolean {
    let operatorId: string | undefined;
    for (const tab of [...this.#tabsOf(centreId)]) {
      if (tab.stream.sessionId !== sessionId) continue;
      operatorId = tab.stream.operatorId;
      tab.stream.tell({ kind: "signedOut" });
      this.headsets.release(centreId, tab.stream);
      tab.stream.socket?.close(4001, "signed out");
      this.#drop(tab);
    }
    return [...this.#tabsOf(centreId)].some((tab) => tab.stream.operatorId === operatorId);
  }

  /** Ends a person's live connections, except those of one session. */
  signOutUser(centreId: string, userId: string, exceptSessionId: string | null = null): void {
    const sessions = new Set<string>();
    for (const { stream } of this.#tabsOf(centreId))
      if (stream.operatorId === userId && stream.sessionId !== exceptSessionId) sessions.add(stream.sessionId);
    for (const sessionId of sessions) this.signOut(centreId, sessionId);
  }

  /** The centre runs here no more: its tabs try again. */
  closeCentre(centreId: string): void {
    for (const tab of [...this.#tabsOf(centreId)]) {
      tab.stream.socket?.close(1012, "the centre is not here");
      this.#drop(tab);
    }
    this.#boards.get(centreId)?.stop();
    this.#boards.delete(centreId);
  }

  close(): void {
    clearInterval(this.#timer);
    clearInterval(this.#sessionTimer);
    this.headsets.close();
    this.#notices.close();
    for (const tab of this.#tabs.values()) tab.pusher.close();
    this.#tabs.clear();
    this.#byOperator.clear();
    for (const boards of this.#boards.values()) boards.stop();
    for (const client of this.#server.clients) client.close(1001, "the server stops");
    this.#server.close();
    setTimeout(() => {
      for (const client of this.#server.clients) client.terminate();
    }, 1_000).unref();
  }

  async #admit(request: IncomingMessage): Promise<Caller | number> {
    const { origin } = request.headers;
    const arrival = this.#app.proxies.arrival(request);
    if ((request.url ?? "").split("?", 1)[0] !== "/api/live") return 404;
    const { host } = arrival;
    if (!isOwnHost(this.#app, host) || origin === undefined || !isOwnOrigin(this.#app, origin, host)) return 403;
    if (!isSecure(this.#app, arrival) && !isLoopback(arrival.address)) return 403;
    if (this.#server.clients.size >= connectionsMax) return 503;
    const token = sessionTokenOf(this.#app, request);
    const caller = token === undefined ? null : await sessionCaller(this.#app, token);
    return caller ?? 401;
  }

  #connect(socket: WebSocket, caller: Caller): void {
    let tab: Tab | undefined;
    let budget = messagesPerSecondMax;
    const refill = setInterval(() => (budget = messagesPerSecondMax), 1_000);
    refill.unref();
    const hello = setTimeout(() => tab === undefined && socket.close(4000, "hello is missing"), 10_000);
    hello.unref();
    socket.on("message", (data) => {
      budget -= 1;
      const message = budget < 0 ? undefined : parse(data);
      if (message === undefined) return socket.close(budget < 0 ? 1008 : 1007, "not a message of the contract");
      try {
        if (message.kind === "hello") tab = this.#hello(socket, caller, message, tab);
        else if (tab !== undefined) this.#onMessage(tab, message);
      } catch (error) {
        // It costs this connection; the page comes back by itself.
        this.#app.log.error({ err: error, message: message.kind }, "a message of a page could not be taken");
        socket.close(1011, "a mistake of ours");
      }
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", (code) => {
      clearInterval(refill);
      clearTimeout(hello);
      if (tab?.stream.socket === socket) this.#disconnected(tab, code === 1000 || code === 1001);
    });
  }

  #hello(
    socket: WebSocket,
    caller: Caller,
    message: Extract<ClientMessage, { kind: "hello" }>,
    before: Tab | undefined,
  ): Tab | undefined {
    if (before !== undefined || caller.userId === null || caller.sessionId === null) return before;
    // Between the door and the first word somebody may have been shown out.
    const person = caller.centre.config.current.user.find(({ id }) => id === caller.userId);
    if (person?.active !== true) {
      socket.close(4001, "signed out");
      return undefined;
    }
    const now = this.#app.clock();
    const known = message.resume === null ? undefined : this.#tabs.get(message.resume.stream);
    const mine =
      known !== undefined &&
      known.stream.sessionId === caller.sessionId &&
      known.stream.operatorId === caller.userId &&
      known.live.centre.id === caller.centre.id;
    const tab = mine ? known : this.#open(caller, caller.userId, caller.sessionId, message.tabId);
    const { stream } = tab;
    if (stream.socket !== null && stream.socket !== socket) stream.socket.close(4002, "continued elsewhere");
    stream.socket = socket;
    stream.detachedAt = null;
    stream.heardAt = now;
    stream.wants({ desk: message.desk, floor: message.floor });
    stream.tell({ kind: "welcome", stream: stream.id, seq: stream.seq, serverTime: now, version: this.#app.version });
    this.headsets.reconnected(caller.centre.id, stream);
    if (mine && message.resume !== null) stream.replay(message.resume.seq);
    if (mine && stream.rights.lines) stream.share(this.#trunksOf(caller.centre.id));
    tab.pusher.fresh();
    if (stream.floor) this.#boardsOf(tab.live).floor.show(stream);
    return tab;
  }

  #open(caller: Caller, operatorId: string, sessionId: string, tabId: string): Tab {
    const live = this.#services.live(caller.centre);
    const boards = this.#boardsOf(live);
    const own = [...this.#tabsOfOperator(caller.centre.id, operatorId)];
    for (const tab of own.slice(0, Math.max(0, own.length - streamsPerUserMax + 1))) {
      tab.stream.socket?.close(4003, "too many tabs");
      this.#drop(tab);
    }
    const rights = (): Rights => rightsIn(live.centre.config.current, operatorId);
    const id = randomHex(this.#app.entropy, 16);
    const stream = new Stream(id, operatorId, sessionId, tabId, this.#app.clock(), rights);
    const tab: Tab = {
      stream,
      pusher: new Pusher(live, stream, boards.queues),
      live,
      commands: new LiveCommands(this.#services, this.#handlers, { live, operatorId, sessionId }),
      told: stream.rights,
    };
    this.#tabs.set(stream.id, tab);
    const key = operatorKey(caller.centre.id, operatorId);
    this.#byOperator.set(key, (this.#byOperator.get(key) ?? new Set()).add(tab));
    return tab;
  }

  #onMessage(tab: Tab, message: Exclude<ClientMessage, { kind: "hello" }>): void {
    const { stream, live } = tab;
    stream.heardAt = this.#app.clock();
    switch (message.kind) {
      case "subscribe":
        stream.wants({ floor: message.floor });
        if (stream.floor) this.#boardsOf(live).floor.show(stream);
        else this.#boardsOf(live).floor.hide(stream);
        return;
      case "headsetDescription":
        // Each costs ports and a handshake; whoever has no desk has no headset either.
        if (!stream.rights.desk || this.#isHasty(tab))
          return stream.tell({ kind: "headsetFailed", requestId: message.requestId, code: "MEDIA_FAILED" });
        void this.headsets.offer(live.centre.id, stream, message.requestId, message.sdp);
        return;
      case "headsetClose":
        return this.headsets.release(live.centre.id, stream);
      case "levels":
        return this.headsets.watchLevels(live.centre.id, stream, message.on);
      case "command":
        void tab.commands.take(message).then((outcome) => stream.tell({ kind: "answered", id: message.id, outcome }));
        return;
      case "pong":
        return;
      default:
        return assertNever(message);
    }
  }

  #isHasty({ stream, live }: Tab): boolean {
    return this.#services.writes.take(`${live.centre.id}/${stream.operatorId}`, this.#app.clock()) > 0;
  }

  #disconnected(tab: Tab, leaving: boolean): void {
    tab.stream.socket = null;
    tab.stream.detachedAt = this.#app.clock();
    this.headsets.disconnected(tab.live.centre.id, tab.stream, leaving);
  }

  #drop(tab: Tab): void {
    tab.pusher.close();
    tab.stream.socket = null;
    this.#tabs.delete(tab.stream.id);
    this.#boards.get(tab.live.centre.id)?.floor.hide(tab.stream);
    const key = operatorKey(tab.live.centre.id, tab.stream.operatorId);
    const own = this.#byOperator.get(key);
    if (own?.delete(tab) === true && own.size === 0) this.#byOperator.delete(key);
    this.headsets.release(tab.live.centre.id, tab.stream);
  }

  /** Every ten seconds: pings, and an end to tabs that are silent or gone. */
  #beat(): void {
    const now = this.#app.clock();
    for (const tab of [...this.#tabs.values()]) {
      const { stream } = tab;
      if (stream.socket === null) {
        if (stream.detachedAt !== null && now - stream.detachedAt > streamKeptMs) this.#drop(tab);
      } else if (now - stream.heardAt > silenceMsMax) {
        stream.socket.terminate();
      } else {
        stream.tell({ kind: "ping", serverTime: now });
        tab.pusher.desk();
      }
    }
    // A day of figures ends without a fact.
    for (const { floor } of this.#boards.values()) floor.touch();
  }

  #boardsOf(live: CentreLive): Boards {
    const known = this.#boards.get(live.centre.id);
    if (known?.live === live) return known;
    known?.stop();
    const floor = new FloorBoard(live);
    const queues = new QueueBoard(live, (queueId, text) => this.#tellQueue(live, queueId, text));
    const stops = [
      live.onFacts((entries) => this.#onFacts(live, entries)),
      live.onFigures(() => floor.touch()),
      live.centre.config.onChange(() => this.#onConfig(live)),
      () => floor.close(),
      () => queues.close(),
    ];
    const stop = (): void => {
      for (const each of stops) each();
    };
    const boards = { live, floor, queues, stop };
    this.#boards.set(live.centre.id, boards);
    return boards;
  }

  #onFacts(live: CentreLive, entries: readonly JournalEntry[]): void {
    const centreId = live.centre.id;
    const touched = touchedBy(live, entries);
    const boards = this.#boardsOf(live);
    boards.floor.touch();
    boards.queues.touch();
    if (touched.everyone) for (const tab of this.#tabsOf(centreId)) tab.pusher.desk();
    for (const operatorId of touched.operators)
      for (const tab of this.#tabsOfOperator(centreId, operatorId)) tab.pusher.desk(touched.urgent.has(operatorId));
    for (const what of touched.changed) this.#notices.add(centreId, what);
  }

  #tellQueue(live: CentreLive, queueId: string, text: Buffer): void {
    for (const operatorId of membersOf(live.centre.config.current, queueId))
      for (const { stream } of this.#tabsOfOperator(live.centre.id, operatorId))
        if (stream.desk && !stream.congested) stream.share(text);
  }

  #headsetComes(centreId: string, operatorId: string, isComing: boolean): void {
    const own = [...this.#tabsOfOperator(centreId, operatorId)];
    const coming = own[0]?.live.headsetsComing;
    if (isComing) coming?.add(operatorId);
    else coming?.delete(operatorId);
    for (const tab of own) tab.pusher.desk(true);
  }

  /** Names and rights may be others now: every tab is asked again whether it may still see what it sees. */
  #onConfig(live: CentreLive): void {
    for (const tab of [...this.#tabsOf(live.centre.id)]) {
      const user = userOf(live, tab.stream.operatorId);
      if (user?.active !== true) {
        this.signOut(live.centre.id, tab.stream.sessionId);
        continue;
      }
      const { rights } = tab.stream;
      // What it was sent before is nothing to be sent again.
      if ((tab.told.floor && !rights.floor) || (tab.told.desk && !rights.desk)) tab.stream.forget();
      tab.told = rights;
      tab.stream.push({ kind: "changed", what: "config" });
      tab.pusher.desk();
    }
    this.#boardsOf(live).floor.touch();
    this.#boardsOf(live).queues.touch();
  }

  /** Sessions that ended elsewhere (their time is over, a command, another process) end their live connections, too. */
  async endGoneSessions(): Promise<void> {
    for (const centreId of this.#boards.keys()) {
      const sessions = new Set([...this.#tabsOf(centreId)].map((tab) => tab.stream.sessionId));
      const alive = await this.#app.store.sessions.alive(centreId, [...sessions], sessionTtlMs);
      for (const sessionId of sessions) if (!alive.has(sessionId)) this.signOut(centreId, sessionId);
    }
  }

  #sendNotices(centreId: string, notices: ReadonlySet<Notice>): void {
    for (const what of ["contacts", "missed"] as const) if (notices.has(what)) this.changed(centreId, what);
    if (!notices.has("trunks")) return;
    const text = this.#trunksOf(centreId);
    for (const tab of this.#tabsOf(centreId))
      if (tab.stream.rights.lines && !tab.stream.congested) tab.stream.share(text);
    this.#boards.get(centreId)?.floor.touch();
  }

  #trunksOf(centreId: string): Buffer {
    return encode({ kind: "trunks", trunks: this.#app.phone.trunkStates(centreId).map((trunk) => ({ ...trunk })) });
  }

  #tabsOfOperator(centreId: string, operatorId: string): ReadonlySet<Tab> {
    return this.#byOperator.get(operatorKey(centreId, operatorId)) ?? nobody;
  }

  *#tabsOf(centreId: string): Iterable<Tab> {
    for (const tab of this.#tabs.values()) if (tab.live.centre.id === centreId) yield tab;
  }
}

const nobody: ReadonlySet<Tab> = new Set();

function operatorKey(centreId: string, operatorId: string): string {
  return `${centreId}/${operatorId}`;
}

function userOf(live: CentreLive, userId: string) {
  return live.centre.config.current.user.find((user) => user.id === userId);
}

function parse(data: RawData): ClientMessage | undefined {
  try {
    const parsed = clientMessageSchema.safeParse(JSON.parse(String(data)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  503: "Service Unavailable",
};

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? "Refused"}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
