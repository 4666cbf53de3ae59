import { listLimitMax, type Page, type PageQuery } from "../port.ts";

const limitUsual = 50;

/** How many rows a list gives: 1 to `listLimitMax`. */
export function limitOf(query: PageQuery | undefined): number {
  const wanted = Math.trunc(query?.limit ?? limitUsual);
  return Number.isFinite(wanted) ? Math.min(Math.max(wanted, 1), listLimitMax) : limitUsual;
}

export type CursorPart = string | number;

/** Where a list goes on: the sort values of the last row given. */
export function encodeCursor(parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The sort values, undefined for the first page and for a cursor that is not of this list. */
export function decodeCursor<const T extends readonly ("string" | "number")[]>(
  query: PageQuery | undefined,
  shape: T,
): { readonly [K in keyof T]: T[K] extends "number" ? number : string } | undefined {
  const parts = parse(query?.cursor);
  if (!Array.isArray(parts) || parts.length !== shape.length) return undefined;
  const fits = shape.every((type, index) => fitsType(parts[index], type));
  return fits ? (parts as { readonly [K in keyof T]: T[K] extends "number" ? number : string }) : undefined;
}

function fitsType(part: unknown, type: "string" | "number"): boolean {
  if (type === "number") return Number.isSafeInteger(part);
  return typeof part === "string" && !part.includes("\0");
}

function parse(cursor: string | null | undefined): unknown {
  if (cursor === null || cursor === undefined || cursor.length > 2_000) return undefined;
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A page of rows that were asked for with one more than its limit. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  sortValues: (row: Row) => readonly CursorPart[],
): Page<Item> {
  const given = rows.slice(0, limit);
  const last = given.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: given.map(item), nextCursor: more ? encodeCursor(sortValues(last)) : null };
}
