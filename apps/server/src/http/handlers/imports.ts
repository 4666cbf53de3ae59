import { filled, importLineMax, type Language, say } from "@centrala/contract";
import { type CustomerImport, centreScope, type Scope, type StoredImportRow } from "@centrala/store";
import type { App } from "../../app.ts";
import { remarkView, textOf } from "../../customers/list.ts";
import { type RowCode, rowWords } from "../../exports/row-words.ts";
import { csvMark, csvRow } from "../../outside/csv.ts";
import { found, HttpProblem } from "../errors.ts";
import { type Caller, done, type Handlers, languageOf, whoOf } from "../handler.ts";
import { mayReadCustomers } from "../rights.ts";
import { newId, type Services } from "../services.ts";
import { clientOfCard } from "../sight.ts";
import { readUpload } from "../upload.ts";

type Names =
  | "imports"
  | "importRead"
  | "importReread"
  | "importCheck"
  | "importState"
  | "importRows"
  | "importDecide"
  | "importRun"
  | "importStop"
  | "importUndo"
  | "importProblems";

const tableBytesMax = 20 * 1024 * 1024;
const problemsPage = 1_000;
const nobodysName = "–";

export const importHandlers: Pick<Handlers, Names> = {
  imports: async ({ app, caller, services }) => {
    const items = await app.store.customerImports.list(wholeOf(caller));
    return { items: items.map((item) => view(services, item)) };
  },

  importRead: async ({ app, caller, request, services }) => {
    const file = await readUpload(request, tableBytesMax);
    const id = newId(app);
    const reading = await services.imports.take(caller.centre.id, id, file, whoOf(caller), {
      encoding: null,
      delimiter: null,
      sheet: null,
      heading: null,
      country: caller.centre.config.current.centre.country,
      clientId: clientOfCard(caller, undefined),
      columns: null,
    });
    return { id, fileName: file.name.slice(0, 200), ...reading };
  },

  importReread: async ({ app, caller, params, body, services }) => {
    const known = await waiting(app, caller, services, params.id);
    clientOfCard(caller, body.clientId);
    return { id: known.id, fileName: known.fileName, ...(await services.imports.read(known.id, body)) };
  },

  importCheck: async ({ app, caller, params, body, services }) => {
    const known = await waiting(app, caller, services, params.id);
    clientOfCard(caller, body.clientId);
    if (known.report.undoUntil !== null) throw new HttpProblem("CONFLICT");
    await services.imports.check(caller.centre.id, known.id, body);
    return state(app, caller, services, known.id);
  },

  importState: async ({ app, caller, params, services }) => state(app, caller, services, params.id),

  importRows: async ({ app, caller, params, query }) => {
    const limit = query.limit ?? 50;
    const after = Math.min(Number.parseInt(query.cursor ?? "0", 10) || 0, importLineMax);
    const known = found(await app.store.customerImports.get(wholeOf(caller), params.id));
    const rows = await app.store.customerImports.rows(wholeOf(caller), known.id, query.verdict, after, limit + 1);
    const shown = rows.slice(0, limit);
    return {
      items: shown.map((row) => (mayReadCustomers(caller) ? rowView(row) : withoutOwner(rowView(row), row))),
      next: rows.length > limit ? String(shown.at(-1)?.line ?? 0) : null,
    };
  },

  importDecide: async ({ app, caller, params, body, services }) => {
    const known = found(await app.store.customerImports.get(wholeOf(caller), params.id));
    if (known.state !== "checked" || services.imports.runs(known.id)) throw new HttpProblem("CONFLICT");
    await app.store.customerImports.decide(wholeOf(caller), known.id, body.lines, body.decision);
    return done;
  },

  importRun: async ({ app, caller, params, services }) => {
    const known = found(await app.store.customerImports.get(wholeOf(caller), params.id));
    const again = known.state === "running" || known.state === "failed";
    if (services.imports.runs(known.id) || known.report.figures === null || !(known.state === "checked" || again))
      throw new HttpProblem("CONFLICT");
    await audit(app, caller, "customers.import", known);
    await services.imports.run(caller.centre.id, known, () => services.hub?.changed(caller.centre.id, "customers"));
    return state(app, caller, services, known.id);
  },

  importStop: async ({ app, caller, params, services }) => {
    const known = found(await app.store.customerImports.get(wholeOf(caller), params.id));
    await services.imports.stop(known.id);
    return state(app, caller, services, known.id);
  },

  importUndo: async ({ app, caller, params, services }) => {
    const known = found(await app.store.customerImports.get(wholeOf(caller), params.id));
    const { undoUntil } = known.report;
    const stored = known.state !== "checking" && known.state !== "undone" && undoUntil !== null;
    if (services.imports.runs(known.id) || !stored) throw new HttpProblem("CONFLICT");
    if (undoUntil <= app.clock()) throw new HttpProblem("CONFLICT", { said: say("IMPORT_UNDO_OVER") });
    await audit(app, caller, "customers.import-undo", known);
    await services.imports.undo(caller.centre.id, known, () => services.hub?.changed(caller.centre.id, "customers"));
    return state(app, caller, services, known.id);
  },

  importProblems: async ({ app, caller, params, query, reply }) => {
    const known = found(await app.store.customerImports.get(wholeOf(caller), params.id));
    const name = known.fileName.replace(/\.[a-z0-9]+$/i, "").replaceAll(/[^\p{L}\p{N}_ -]+/gu, "");
    return reply
      .header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(`${name}-problems.csv`)}`)
      .type("text/csv; charset=utf-8")
      .send(await problemsFile(app, caller.centre.id, known, query.language ?? languageOf(caller)));
  },
};

/** The rows that need a look, as they stood in the file, with their lines and reasons. */
async function problemsFile(app: App, centreId: string, known: CustomerImport, language: Language): Promise<string> {
  const words = rowWords[language];
  const pieces = [csvMark, csvRow([words.line, words.reason, ...(known.report.columns ?? [])])];
  for (let after = 0; ; ) {
    const rows = await app.store.customerImports.rows(centreScope(centreId), known.id, "problems", after, problemsPage);
    for (const row of rows) {
      const { reason, remarks } = rowView(row);
      const reasons = [...(reason === null ? [] : [reason]), ...remarks].map(({ code, params }) =>
        filled(words.said[code as RowCode], params),
      );
      pieces.push(csvRow([String(row.line), reasons.join(" | "), ...row.cells]));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < problemsPage) return pieces.join("");
    after = last.line;
  }
}

function rowView(row: StoredImportRow) {
  const ownerLine = row.owner !== null && "line" in row.owner ? row.owner.line : null;
  return {
    line: row.line,
    verdict: row.verdict,
    reason: row.reason === null ? null : { code: row.reason, params: { line: ownerLine ?? 0 } },
    remarks: row.remarks.map(remarkView),
    card: row.card === null ? null : { ...row.card, phones: [...row.card.phones], emails: [...row.card.emails] },
    ownerName: row.ownerName,
    ownerLine,
    decision: row.decision,
    text: textOf(row.cells),
  };
}

/** Whose number it is, and what stands on their card already, is for those who may read the customers by their own route. */
function withoutOwner(shown: ReturnType<typeof rowView>, { verdict, owner }: StoredImportRow): typeof shown {
  if (owner === null || "line" in owner) return shown;
  return { ...shown, ownerName: nobodysName, card: verdict === "changed" ? null : shown.card };
}

/** What an import is called that nobody works on any more. */
const whenCut: Partial<Record<CustomerImport["state"], "stopped" | "undoStopped">> = {
  checking: "stopped",
  running: "stopped",
  undoing: "undoStopped",
};

function view(services: Services, { report: { columns: _, ...report }, ...one }: CustomerImport) {
  const idle = !services.imports.runs(one.id);
  return {
    id: one.id,
    fileName: one.fileName,
    by: one.madeBy,
    createdAt: one.createdAt,
    clientId: one.clientId,
    state: idle ? (whenCut[one.state] ?? one.state) : one.state,
    total: one.total,
    done: one.done,
    ...report,
    failure: report.failure === null ? null : { code: report.failure.code, params: { ...report.failure.params } },
  };
}

async function state(app: App, caller: Caller, services: Services, id: string) {
  return view(services, found(await app.store.customerImports.get(wholeOf(caller), id)));
}

/** An import whose file is still there and that nothing works on. */
async function waiting(app: App, caller: Caller, services: Services, id: string): Promise<CustomerImport> {
  const known = found(await app.store.customerImports.get(wholeOf(caller), id));
  if (!services.imports.has(id)) throw new HttpProblem("NOT_FOUND");
  if (services.imports.runs(id)) throw new HttpProblem("CONFLICT");
  return known;
}

function audit(app: App, caller: Caller, what: string, { id, fileName, report }: CustomerImport): Promise<void> {
  const detail = { fileName, ...report.figures };
  return app.store.audit.add(caller.centre.id, { who: whoOf(caller), what, target: `import/${id}`, detail });
}

/** A list is the centre's work, as technicians do it; which client's cards it meets is settled when it is read. */
function wholeOf(caller: Caller): Scope {
  return centreScope(caller.centre.id);
}
