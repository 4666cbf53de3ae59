import type pg from "pg";
import { StoreError } from "../error.ts";

/** Of the fold that writes the rows; a higher one has all rows built again. */
export const foldVersion = 1;

export type Position = { readonly seq: number; readonly epoch: number };

/** Makes the holder of the lease the only one who moves the centre's projection. @throws StoreError FENCED */
export async function takePosition(client: pg.ClientBase, centreId: string, epoch: number): Promise<Position> {
  const lease = await client.query("SELECT 1 FROM lease WHERE centre_id = $1 AND epoch = $2 FOR SHARE", [
    centreId,
    epoch,
  ]);
  if (lease.rowCount === 0) throw new StoreError("FENCED", `epoch ${epoch} is over: another server runs this centre`);
  const { rows } = await client.query<Position>(
    `INSERT INTO projection (centre_id, name, version, seq, epoch) VALUES ($1, 'live', $2, 0, $3)
     ON CONFLICT (centre_id, name) DO UPDATE SET epoch = excluded.epoch RETURNING seq, epoch`,
    [centreId, foldVersion, epoch],
  );
  return rows[0] ?? { seq: 0, epoch };
}

export async function readPosition(client: pg.ClientBase, centreId: string): Promise<Position | undefined> {
  const { rows } = await client.query<Position>(
    "SELECT seq, epoch FROM projection WHERE centre_id = $1 AND name = 'live'",
    [centreId],
  );
  return rows[0];
}

/** False, and nothing moves, when it stands elsewhere or another one took it over. */
export async function movePosition(
  client: pg.ClientBase,
  centreId: string,
  epoch: number,
  from: number,
  to: number,
): Promise<boolean> {
  const moved = await client.query({
    name: "move-position",
    text: `UPDATE projection SET seq = $4
      WHERE centre_id = $1 AND name = 'live' AND epoch = $2 AND seq = $3`,
    values: [centreId, epoch, from, to],
  });
  return moved.rowCount === 1;
}
