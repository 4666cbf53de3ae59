import { z } from "zod";
import { clientRefSchema, languageSchema } from "../ids.ts";
import { saidParamsSchema } from "../said.ts";
import { builder, done, id, list, manager, page, route } from "./route.ts";

/** What a column of a list of customers can hold; several may hold the same. */
export const importFields = [
  "name",
  "firstName",
  "middleName",
  "lastName",
  "company",
  "phone",
  "email",
  "language",
  "note",
] as const;
export type ImportField = (typeof importFields)[number];
export const importEncodings = [
  "utf-8",
  "utf-16le",
  "utf-16be",
  "windows-1251",
  "koi8-r",
  "ibm866",
  "x-mac-cyrillic",
  "windows-1252",
] as const;
/** What may stand between the cells of a text. */
export const importDelimiters = [";", ",", "\t", "|"] as const;
export type ImportDelimiter = (typeof importDelimiters)[number];
/** No file has as many lines. */
export const importLineMax = 2_000_000_000;
const verdict = z.enum(["new", "changed", "doubtful", "out"]);
const field = z.enum(importFields).nullable();

/** How a file is to be read; null leaves it to the reader's guess. */
export const importOptionsSchema = z.object({
  encoding: z.enum(importEncodings).nullable(),
  delimiter: z.enum(importDelimiters).nullable(),
  sheet: z.number().int().min(0).max(200).nullable(),
  /** The line of the file that names the columns; 0 when none does. */
  heading: z.number().int().min(0).max(2_000_000).nullable(),
  /** Whose national numbers the file has. */
  country: z.string().regex(/^[A-Z]{2}$/),
  /** Whose customers they are. */
  clientId: clientRefSchema,
  columns: z.array(field).max(300).nullable(),
});
const card = z.object({
  name: z.string(),
  company: z.string(),
  language: z.string().nullable(),
  phones: z.array(z.string()),
  emails: z.array(z.string()),
  note: z.string(),
});
const remark = z.object({ code: z.string(), params: saidParamsSchema });
const figures = z.object({ new: z.number(), changed: z.number(), doubtful: z.number(), out: z.number() });

const reading = z.object({
  id: z.string(),
  fileName: z.string(),
  kind: z.enum(["text", "sheet", "cards"]),
  options: importOptionsSchema,
  encodings: z.array(z.object({ encoding: z.enum(importEncodings), sample: z.string() })),
  sheets: z.array(z.object({ name: z.string(), hidden: z.boolean() })),
  /** The first lines of the file, to choose the heading from. */
  firstLines: z.array(z.object({ line: z.number(), text: z.string() })),
  columns: z.array(z.object({ name: z.string(), sample: z.string() })),
  cards: z.array(z.object({ line: z.number(), card: card.nullable(), remarks: z.array(remark) })),
});

const importSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  by: z.string(),
  createdAt: z.number(),
  clientId: z.string(),
  /** `stopped` can be run again and goes on where it ended; `undoStopped` can be undone further. */
  state: z.enum([
    "reading",
    "checking",
    "checked",
    "running",
    "stopped",
    "done",
    "undoing",
    "undoStopped",
    "undone",
    "failed",
  ]),
  total: z.number(),
  done: z.number(),
  figures: figures.nullable(),
  /** Rows with something that was no number or no address. */
  remarks: z.number(),
  /** Cards that were made and changed so far, and those that somebody else changed between check and import. */
  made: z.number(),
  changed: z.number(),
  conflicts: z.number(),
  undoUntil: z.number().nullable(),
  /** After an undo: cards that were changed since, or have notes, and stayed. */
  kept: z.number(),
  failure: remark.nullable(),
});

export const importsRoutes = {
  imports: route({
    method: "GET",
    path: "/api/imports",
    access: builder,
    summary: "Imports of customers, the newest first",
    response: z.object({ items: z.array(importSchema) }),
  }),
  importRead: route({
    method: "POST",
    path: "/api/imports",
    access: builder,
    summary: "Takes a CSV, XLSX or vCard file of customers and shows how it is read; nothing is stored",
    upload: true,
    response: reading,
  }),
  importReread: route({
    method: "POST",
    path: "/api/imports/:id/reading",
    access: builder,
    summary: "Shows how the file is read with other choices",
    params: id,
    body: importOptionsSchema,
    response: reading,
  }),
  importCheck: route({
    method: "POST",
    path: "/api/imports/:id/check",
    access: builder,
    summary: "Begins to decide what becomes of each row; ask for the import's state until it is checked",
    params: id,
    body: importOptionsSchema,
    response: importSchema,
  }),
  importState: route({
    method: "GET",
    path: "/api/imports/:id",
    access: builder,
    summary: "How far an import is",
    params: id,
    response: importSchema,
  }),
  importRows: route({
    method: "GET",
    path: "/api/imports/:id/rows",
    access: builder,
    summary: "Rows of a checked import by verdict",
    params: id,
    query: z.object({ ...list, verdict }),
    response: page(
      z.object({
        line: z.number(),
        verdict,
        reason: remark.nullable(),
        remarks: z.array(remark),
        card: card.nullable(),
        /** Whom a doubtful row might be, or whose card takes a changed one in. */
        ownerName: z.string().nullable(),
        ownerLine: z.number().nullable(),
        decision: z.enum(["two", "one", "out"]).nullable(),
        text: z.string(),
      }),
    ),
  }),
  importDecide: route({
    method: "POST",
    path: "/api/imports/:id/decisions",
    access: builder,
    summary: "Says whether doubtful rows are two people, one person, or left out",
    params: id,
    body: z.object({
      /** Null: all doubtful rows. */
      lines: z.array(z.number().int().min(1).max(importLineMax)).max(200).nullable(),
      decision: z.enum(["two", "one", "out"]),
    }),
    response: done,
  }),
  importRun: route({
    method: "POST",
    path: "/api/imports/:id/run",
    access: builder,
    summary: "Stores the cards of a checked import; goes on by itself",
    params: id,
    response: importSchema,
  }),
  importStop: route({
    method: "POST",
    path: "/api/imports/:id/stop",
    access: builder,
    summary: "Stops a check or an import; what is stored stays until it is undone",
    params: id,
    response: importSchema,
  }),
  importUndo: route({
    method: "POST",
    path: "/api/imports/:id/undo",
    access: manager,
    summary: "Takes an import back, but for cards that were changed since; within 30 days",
    params: id,
    response: importSchema,
  }),
  importProblems: route({
    method: "GET",
    path: "/api/imports/:id/problems",
    access: builder,
    summary:
      "The rows that were left out or have remarks, as a CSV file in the language given, else the person's or the centre's",
    params: id,
    query: z.object({ language: languageSchema.optional() }),
    download: true,
    response: z.unknown(),
  }),
} as const;
