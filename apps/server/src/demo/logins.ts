import { randomInt } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { User } from "@centrala/contract";
import type { App, Centre } from "../app.ts";

const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
const groups = 3;
const groupLength = 5;

/**
 * One line for each person who may sign in: login, password, name and roles. Passwords are made once for each installation and
 * kept in the data folder in a file that only its owner may read.
 */
export async function ensureDemoLogins(app: App, centre: Centre): Promise<readonly string[]> {
  const path = join(app.places.data, "demo-logins.txt");
  if (existsSync(path)) return readFileSync(path, "utf8").trimEnd().split("\n");
  const user = [...centre.config.current.user].sort((a, b) => rank(a) - rank(b) || (a.login < b.login ? -1 : 1));
  const lines: string[] = [];
  const width = Math.max(...user.map(({ login }) => login.length));
  for (const { id, login, name, roles } of user) {
    const password = makePassword();
    await app.store.credentials.setPassword(centre.id, id, password);
    lines.push(`${login.padEnd(width)}  ${password}  ${name} (${roles.join(", ")})`);
  }
  writeFileSync(path, `${lines.join("\n")}\n`, { mode: 0o600 });
  return lines;
}

function rank({ roles }: User): number {
  return Math.min(...roles.map((role) => ["manager", "supervisor", "technician", "operator"].indexOf(role)));
}

/** 15 characters of 31 in three groups: 74 bits, and none that look alike. */
export function makePassword(): string {
  const group = (): string =>
    Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)] ?? "x").join("");
  return Array.from({ length: groups }, group).join("-");
}
