import { GatheredAudit } from "../accounts/gathered-audit.ts";
import type { App } from "../app.ts";
import { type Caller, whoOf } from "./caller.ts";

const personEveryMs = 10 * 60_000;
const tokenEveryMs = 60_000;

/** Who read lists of people's data, and how much. Never what was searched for: that is personal data itself. */
export class ReadLog {
  readonly #audit: GatheredAudit;

  constructor(app: App) {
    this.#audit = new GatheredAudit(app);
  }

  note(caller: Caller, what: string, rows: number): Promise<void> {
    const everyMs = caller.tokenId === null ? personEveryMs : tokenEveryMs;
    return this.#audit.note(caller.centre.id, { who: whoOf(caller), what, target: "customers" }, everyMs, {
      times: 1,
      rows,
    });
  }

  /** A player asks for a recording in pieces, and whoever wants to listen unseen does not begin with the first. */
  listened(caller: Caller, recordingId: string): Promise<void> {
    const record = { who: whoOf(caller), what: "recording.play", target: `recording/${recordingId}` };
    return this.#audit.note(caller.centre.id, record, personEveryMs, {});
  }
}
