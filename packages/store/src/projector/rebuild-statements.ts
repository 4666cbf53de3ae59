import type pg from "pg";
import type { Db } from "../database.ts";
import type { Pass, Whose } from "./pass.ts";
import { foldVersion, saveState } from "./position.ts";

const staleRowsMax = 2_000;

/** Asks for it: the projector of the centre takes it up, now or when it next runs. */
export async function requestRebuild(db: Db, centreId: string): Promise<void> {
  await db.transact(centreId, (client) =>
    client.query(
      `INSERT INTO projection (centre_id, name, version, seq, epoch) VALUES ($1, 'rebuild', 0, 0, 0)
       ON CONFLICT (centre_id, name) DO UPDATE SET version = 0, seq = 0, state = NULL, state_seq = 0`,
      [centreId],
    ),
  );
}

export async function cancelRebuild(db: Db, centreId: string): Promise<boolean> {
  const gone = await db.transact(centreId, (client) =>
    client.query("DELETE FROM projection WHERE centre_id = $1 AND name = 'rebuild'", [centreId]),
  );
  return gone.rowCount === 1;
}

/** How far a rebuild is; null when none is asked for. */
export async function rebuildProgress(
  db: Db,
  centreId: string,
): Promise<{ readonly seq: number; readonly of: number } | null> {
  const { rows } = await db.transact(centreId, (client) =>
    client.query<{ name: string; seq: number }>("SELECT name, seq FROM projection WHERE centre_id = $1", [centreId]),
  );
  const rebuild = rows.find(({ name }) => name === "rebuild");
  return rebuild === undefined ? null : { seq: rebuild.seq, of: rows.find(({ name }) => name === "live")?.seq ?? 0 };
}

/** Takes up a rebuild that was asked for or begun; false when there is none. One of another fold begins anew. */
export async function takeUpRebuild({ db, centreId, epoch }: Whose): Promise<boolean> {
  return db.transact(centreId, async (client) => {
    const found = await client.query<{ version: number }>(
      `UPDATE projection SET epoch = $2 WHERE centre_id = $1 AND name = 'rebuild'
         AND EXISTS (SELECT 1 FROM projection WHERE centre_id = $1 AND name = 'live' AND epoch = $2 FOR SHARE)
       RETURNING version`,
      [centreId, epoch],
    );
    const [row] = found.rows;
    if (row === undefined) return false;
    if (row.version !== foldVersion) await begin(client, centreId);
    return true;
  });
}

async function begin(client: pg.ClientBase, centreId: string): Promise<void> {
  await client.query(
    `UPDATE projection r SET version = $2, seq = 0, state = NULL, state_seq = 0,
       generation = greatest(l.generation, coalesce((SELECT max(generation) FROM rollup WHERE centre_id = $1), 0)) + 1
     FROM projection l WHERE l.centre_id = $1 AND l.name = 'live' AND r.centre_id = $1 AND r.name = 'rebuild'`,
    [centreId, foldVersion],
  );
}

/** From now on the rows of the rebuild count, which has caught up with the live ones. False when they stand elsewhere. */
export async function switchOver({ db, centreId, epoch }: Whose, rebuild: Pass): Promise<boolean> {
  const { generation } = rebuild.position;
  return db.transact(centreId, async (client) => {
    const before = await client.query<{ generation: number }>(
      "SELECT generation FROM projection WHERE centre_id = $1 AND name = 'live' AND epoch = $2 AND seq = $3 FOR UPDATE",
      [centreId, epoch, rebuild.seq],
    );
    const [live] = before.rows;
    if (live === undefined) return false;
    await rebuild.writeAll(client);
    await keepOlderSums(client, centreId, live.generation, generation);
    await client.query("DELETE FROM projection WHERE centre_id = $1 AND name = 'rebuild'", [centreId]);
    await client.query("UPDATE projection SET generation = $2, version = $3 WHERE centre_id = $1 AND name = 'live'", [
      centreId,
      generation,
      foldVersion,
    ]);
    await saveState(client, centreId, "live", rebuild.seq, { book: rebuild.book, held: [] });
    return true;
  });
}

/** Sums of a time whose entries the journal holds no more can't be built again. */
async function keepOlderSums(client: pg.ClientBase, centreId: string, from: number, to: number): Promise<void> {
  const { rows } = await client.query<{ seq: number; at: number }>(
    "SELECT seq, at FROM journal WHERE centre_id = $1 ORDER BY seq LIMIT 1",
    [centreId],
  );
  const [first] = rows;
  if (first === undefined || first.seq === 1) return;
  await client.query(
    `UPDATE rollup SET generation = $3 WHERE centre_id = $1 AND generation = $2
       AND slot < coalesce((SELECT min(slot) FROM rollup WHERE centre_id = $1 AND generation = $3), $4)`,
    [centreId, from, to, first.at],
  );
}

/** Takes away some of the sums that count no more; false when there are no others. */
export async function clearStale({ db, centreId, epoch }: Whose): Promise<boolean> {
  const gone = await db.transact(
    centreId,
    (client) =>
      client.query(
        `DELETE FROM rollup WHERE centre_id = $1 AND ctid IN (
           SELECT ctid FROM rollup WHERE centre_id = $1 AND generation <> ALL
             (SELECT generation FROM projection WHERE centre_id = $1) LIMIT $3
         ) AND EXISTS (SELECT 1 FROM projection WHERE centre_id = $1 AND name = 'live' AND epoch = $2 FOR SHARE)`,
        [centreId, epoch, staleRowsMax],
      ),
    { waitForDisk: false },
  );
  return gone.rowCount === staleRowsMax;
}
