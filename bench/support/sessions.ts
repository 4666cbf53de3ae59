import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@centrala/store";
import type { TestCentre } from "../../interop/support/centre.ts";

const day = 86_400_000;

/**
 * Cookies of sessions of these people, made in the database beside the running server: passwords of hundreds would take
 * longer than what is measured.
 */
export async function sessionsOf(centre: TestCentre, userIds: readonly string[]): Promise<string[]> {
  const folder = join(centre.folder, "postgres");
  const [, , , port, socket] = readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n");
  const store = await openStore({
    connection: {
      host: (socket ?? "").trim(),
      port: Number(port),
      database: "centrala",
      user: "centrala",
      password: readFileSync(join(folder, "app.password"), "utf8").trim(),
    },
    encryptionKey: new Uint8Array(32),
    connectionsMax: 2,
  });
  try {
    const [own] = await store.centres.list();
    if (own === undefined) throw new Error("there is no centre");
    const cookies: string[] = [];
    for (const userId of userIds) {
      const { token } = await store.sessions.create(own.id, userId, { ttlMs: day });
      cookies.push(`centrala=${token}`);
    }
    return cookies;
  } finally {
    await store.close();
  }
}
