import { fail, ok, type Result } from "@centrala/kit";
import { sql } from "kysely";
import type { Db } from "../database.ts";
import type { JournalStore } from "../port.ts";

type Leases = Pick<JournalStore, "acquireLease" | "renewLease" | "releaseLease">;

/** The right to write a centre's journal: a row with an epoch, by the database's clock. */
export function createLeases(db: Db): Leases {
  return {
    acquireLease: async (centreId, owner, ttlMs, force) => {
      const lease = await acquireLease(db, centreId, owner, ttlMs, force ?? false);
      if (lease.ok) db.leases.set(centreId, lease.value.epoch);
      return lease;
    },
    renewLease: (centreId, epoch, ttlMs) => renewLease(db, centreId, epoch, ttlMs),
    releaseLease: async (centreId, epoch) => {
      await renewLease(db, centreId, epoch, 0);
      if (db.leases.get(centreId) === epoch) db.leases.delete(centreId);
    },
  };
}

type Lease = { readonly epoch: number; readonly renewedAt: number | null };

const until = (ttlMs: number) => sql`clock_timestamp() + make_interval(secs => ${ttlMs / 1_000})`;

async function acquireLease(
  db: Db,
  centreId: string,
  owner: string,
  ttlMs: number,
  force: boolean,
): Promise<Result<Lease, "LEASE_HELD">> {
  return db.aboutLease(centreId, async (trx) => {
    // It was renewed this long before it runs out.
    const { rows: old } = await sql<{ at: number }>`
      SELECT floor(extract(epoch FROM expires_at) * 1000)::float8 - ${ttlMs} AS at FROM lease
      WHERE centre_id = ${centreId}`.execute(trx);
    const { rows } = await sql<{ epoch: number }>`
      INSERT INTO lease (centre_id, epoch, owner, expires_at) VALUES (${centreId}, 1, ${owner}, ${until(ttlMs)})
      ON CONFLICT (centre_id) DO UPDATE
        SET epoch = lease.epoch + 1, owner = excluded.owner, expires_at = excluded.expires_at
        WHERE ${force} OR lease.owner = excluded.owner OR lease.expires_at <= clock_timestamp()
      RETURNING epoch`.execute(trx);
    const epoch = rows[0]?.epoch;
    return epoch === undefined
      ? fail("LEASE_HELD", "another server runs this centre")
      : ok({ epoch, renewedAt: old[0]?.at ?? null });
  });
}

async function renewLease(db: Db, centreId: string, epoch: number, ttlMs: number): Promise<boolean> {
  return db.aboutLease(centreId, async (trx) => {
    const { rows } = await sql`
      UPDATE lease SET expires_at = ${until(ttlMs)}
      WHERE centre_id = ${centreId} AND epoch = ${epoch} RETURNING epoch`.execute(trx);
    return rows.length > 0;
  });
}
