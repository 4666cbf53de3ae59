// Apart from the schemas, so that a page that is sent changes needs none of them.
import type { FloorChange } from "./floor-change.ts";
import type { FloorView } from "./views.ts";

type Row = Readonly<Record<string, unknown>>;
type RowsChange = { readonly put: readonly Row[]; readonly gone: readonly string[] };
const rowKeys = { operators: "id", queues: "id", waiting: "contactId" } as const;
const values = ["calls", "trunks", "outgoing"] as const;

/** What leads from one picture to the other; null where rows stand in another order than a change can say. */
export function floorChange(before: FloorView, after: FloorView): FloorChange | null {
  const change: Record<string, unknown> = {};
  for (const name of Object.keys(rowKeys) as (keyof typeof rowKeys)[]) {
    const rows = rowsChange(before[name], after[name], rowKeys[name]);
    if (rows === null) return null;
    if (rows.put.length + rows.gone.length > 0) change[name] = rows;
  }
  for (const name of values) if (!same(before[name], after[name])) change[name] = after[name];
  return change as FloorChange;
}

/** The picture after a change. Rows that stay as they were stay the same objects. */
export function changedFloor(before: FloorView, change: FloorChange): FloorView {
  const after: Record<string, unknown> = { ...before };
  for (const name of Object.keys(rowKeys) as (keyof typeof rowKeys)[]) {
    const rows = change[name];
    if (rows !== undefined) after[name] = changedRows(before[name], rows, rowKeys[name]);
  }
  for (const name of values) if (change[name] !== undefined) after[name] = change[name];
  return after as FloorView;
}

function rowsChange(before: readonly Row[], after: readonly Row[], key: string): RowsChange | null {
  const known = new Map(before.map((row) => [String(row[key]), row]));
  const put: Row[] = [];
  for (const row of after) {
    const old = known.get(String(row[key]));
    known.delete(String(row[key]));
    if (old === undefined) put.push(row);
    else if (old !== row) addPatch(put, old, row, key);
  }
  const gone = [...known.keys()];
  return inOrder(before, after, known, key) ? { put, gone } : null;
}

/** Whether what stays stands in the order of before, and all that is new behind it. */
function inOrder(before: readonly Row[], after: readonly Row[], gone: ReadonlyMap<string, Row>, key: string): boolean {
  let place = 0;
  for (const row of before) {
    if (gone.has(String(row[key]))) continue;
    if (after[place]?.[key] !== row[key]) return false;
    place += 1;
  }
  return true;
}

function addPatch(put: Row[], old: Row, row: Row, key: string): void {
  const changed = Object.keys(row).filter((field) => !same(old[field], row[field]));
  if (changed.length > 0) put.push(Object.fromEntries([key, ...changed].map((field) => [field, row[field]])));
}

function changedRows(before: readonly Row[], { put, gone }: RowsChange, key: string): Row[] {
  const patches = new Map(put.map((row) => [String(row[key]), row]));
  const away = new Set(gone);
  const after: Row[] = [];
  for (const row of before) {
    const id = String(row[key]);
    if (away.has(id)) continue;
    const patch = patches.get(id);
    patches.delete(id);
    after.push(patch === undefined ? row : { ...row, ...patch });
  }
  return [...after, ...patches.values()];
}

function same(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || left === null) return left === right;
  return JSON.stringify(left) === JSON.stringify(right);
}
