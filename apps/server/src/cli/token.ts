import { roleSchema } from "@centrala/contract";
import type { LoadedSettings } from "../settings/load.ts";
import { theCentre, withStore } from "./offline.ts";

/** `centrala token`: prints a new machine token once. */
export async function makeToken(loaded: LoadedSettings, name: string, roles: string, days: number): Promise<void> {
  const parsed = roleSchema
    .array()
    .min(1)
    .safeParse(roles.split(",").map((role) => role.trim()));
  if (!parsed.success) throw new Error(`--roles takes operator, supervisor, manager, technician; not ${roles}`);
  const token = await withStore(loaded, async (store) => {
    const centreId = await theCentre(store);
    const ttlMs = days * 86_400_000;
    const made = await store.tokens.create(centreId, { name, roles: parsed.data, createdBy: null, ttlMs });
    await store.audit.add(centreId, { who: "cli", what: "token.create", target: `token/${made.row.id}` });
    return made.token;
  });
  process.stdout.write(`${token}\n`);
}
