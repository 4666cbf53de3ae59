import { emptyBook, type JsonValue, loadBook, type SegmentBook, saveBook } from "@centrala/domain";
import type pg from "pg";
import { StoreError } from "../error.ts";
import { toJson } from "../text.ts";
import type { Held } from "./rebuilt-rows.ts";

/** Of the fold that writes the rows: rows of an older one are all built again, in the background. */
export const foldVersion = 2;

export type PassName = "live" | "rebuild";

/** Where a pass through the journal stands. */
export type Position = {
  readonly version: number;
  readonly seq: number;
  readonly generation: number;
  /** What was open after entry `stateSeq`; undefined when that is not known, or no longer read by this program. */
  readonly state: PassState | undefined;
  readonly stateSeq: number;
};
/** What is open after an entry, and rows that wait until all of a contact is known. */
export type PassState = { readonly book: SegmentBook; readonly held: readonly Held[] };

/** Makes the holder of the lease the only one who moves the centre's projections. @throws StoreError FENCED */
export async function takePositions(client: pg.ClientBase, centreId: string, epoch: number): Promise<void> {
  const lease = await client.query("SELECT 1 FROM lease WHERE centre_id = $1 AND epoch = $2 FOR SHARE", [
    centreId,
    epoch,
  ]);
  if (lease.rowCount === 0) throw new StoreError("FENCED", `epoch ${epoch} is over: another server runs this centre`);
  await client.query(
    `INSERT INTO projection (centre_id, name, version, seq, epoch) VALUES ($1, 'live', $2, 0, $3)
     ON CONFLICT (centre_id, name) DO NOTHING`,
    [centreId, foldVersion, epoch],
  );
  await client.query("UPDATE projection SET epoch = $2 WHERE centre_id = $1", [centreId, epoch]);
}

type Row = {
  version: number;
  seq: number;
  generation: number;
  state: { readonly book: JsonValue; readonly held: readonly Held[] } | null;
  state_seq: number;
};

/** Undefined when there is none, or it is another server's. */
export async function readPosition(
  client: pg.ClientBase,
  centreId: string,
  epoch: number,
  name: PassName,
): Promise<Position | undefined> {
  const { rows } = await client.query<Row>(
    `SELECT version, seq, generation, state, state_seq FROM projection
     WHERE centre_id = $1 AND name = $2 AND epoch = $3`,
    [centreId, name, epoch],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { version, seq, generation, state_seq: stateSeq } = row;
  return { version, seq, generation, state: stateOf(row), stateSeq };
}

function stateOf({ version, seq, state }: Row): PassState | undefined {
  const book = state === null ? undefined : loadBook(state.book);
  if (book !== undefined) return { book, held: state?.held ?? [] };
  // Nothing was saved yet: whatever is open comes of the entries from the first on.
  const fromStart = state === null && (version === foldVersion || seq === 0);
  return fromStart ? { book: emptyBook(), held: [] } : undefined;
}

export type Move = { readonly name: PassName; readonly epoch: number; readonly from: number; readonly to: number };

/** False, and nothing moves, when it stands elsewhere or another one took it over. */
export async function movePosition(
  client: pg.ClientBase,
  centreId: string,
  { name, epoch, from, to }: Move,
): Promise<boolean> {
  const moved = await client.query({
    name: "move-position",
    text: "UPDATE projection SET seq = $5 WHERE centre_id = $1 AND name = $2 AND epoch = $3 AND seq = $4",
    values: [centreId, name, epoch, from, to],
  });
  return moved.rowCount === 1;
}

/** Beside the position it belongs to. */
export async function saveState(
  client: pg.ClientBase,
  centreId: string,
  name: PassName,
  seq: number,
  state: PassState,
): Promise<void> {
  const text = toJson({ book: saveBook(state.book), held: state.held });
  await client.query(
    "UPDATE projection SET state = $4::json, state_seq = $3 WHERE centre_id = $1 AND name = $2 AND seq = $3",
    [centreId, name, seq, text],
  );
}
