import type { ServerMessage } from "@centrala/contract";
import type { Entropy } from "@centrala/kit";
import { uuidV7 } from "@centrala/kit";
import type { App, Centre } from "../app.ts";
import { CustomerImports } from "../customers/imports.ts";
import { CentreLive } from "../live/centre-live.ts";
import { Outside } from "../outside/outside.ts";
import { Metrics } from "./metrics.ts";
import { ReadLog } from "./read-log.ts";
import { Strangers } from "./strangers.ts";
import { Turns } from "./turns.ts";
import { WriteLimit } from "./write-limit.ts";

/** What handlers tell the open pages. */
export type OpenPages = {
  changed(centreId: string, what: Extract<ServerMessage, { kind: "changed" }>["what"]): void;
  refreshDesk(centreId: string, operatorId: string): void;
  signOut(centreId: string, sessionId: string): boolean;
  signOutUser(centreId: string, userId: string, exceptSessionId: string | null): void;
  endGoneSessions(): Promise<void>;
  closeCentre(centreId: string): void;
};

/** What handlers and live push share: the process, and one {@link CentreLive} a running centre. */
export class Services {
  readonly app: App;
  readonly metrics: Metrics;
  readonly imports: CustomerImports;
  readonly writes = new WriteLimit();
  /** Recordings that are looked through for their waveform, on the thread that signals calls. */
  readonly peaks = new WriteLimit({ burst: 60, perSecond: 1 });
  /**
   * Changes of configurations, people and their links, of all centres: each is judged by what the one before left. Two at
   * once would each see a manager, a number or a name that the other takes away.
   */
  readonly changes = new Turns();
  readonly strangers: Strangers;
  readonly reads: ReadLog;
  /** Where files from outside are read. */
  readonly outside: Outside;
  /** Set by the hub itself when it is made. */
  hub: OpenPages | undefined;
  readonly #lives = new Map<string, CentreLive>();

  constructor(app: App) {
    this.app = app;
    this.metrics = new Metrics(app);
    this.strangers = new Strangers((address) => app.proxies.trusts(address));
    this.reads = new ReadLog(app);
    this.outside = new Outside({
      onFault: (task, message) => app.log.warn({ task, message }, "a file from outside could not be read"),
    });
    this.imports = new CustomerImports(app, this.outside);
    app.onCentreClosed((centreId) => this.#centreClosed(centreId));
  }

  /** The live side of a running centre, made when it is asked for first. */
  live(centre: Centre): CentreLive {
    const known = this.#lives.get(centre.id);
    // One that was away and came back is another.
    if (known?.centre === centre) return known;
    known?.close();
    const live = new CentreLive(this.app, centre);
    this.#lives.set(centre.id, live);
    return live;
  }

  liveOf(centreId: string): CentreLive | undefined {
    const centre = this.app.centres.get(centreId);
    return centre === undefined ? undefined : this.live(centre);
  }

  /** Another server has it: connections come again until it is back, or end there. */
  #centreClosed(centreId: string): void {
    this.hub?.closeCentre(centreId);
    this.#lives.get(centreId)?.close();
    this.#lives.delete(centreId);
  }

  /** All that were made so far. */
  lives(): Iterable<CentreLive> {
    return this.#lives.values();
  }

  /** Ends a person's sessions and live connections, but for one session. */
  async endSessions(centreId: string, userId: string, exceptSessionId: string | null = null): Promise<void> {
    try {
      await this.app.store.sessions.revokeAll(centreId, userId, exceptSessionId ?? undefined);
    } finally {
      // Also when it could not be stored: nobody stays connected because the database is away.
      this.hub?.signOutUser(centreId, userId, exceptSessionId);
    }
  }

  close(): void {
    for (const live of this.#lives.values()) live.close();
    this.#lives.clear();
    void this.imports.close();
    void this.outside.close();
  }
}

/** A new id that sorts by time. */
export function newId(app: { readonly clock: () => number; readonly entropy: Entropy }): string {
  return uuidV7(app.clock(), app.entropy);
}
