import { passwordSchema, type SchemaIssue, sayIssue } from "@centrala/contract";
import type { Store } from "@centrala/store";
import type { PlanChange } from "./changes.ts";
import { type FileProblem, type ParsedFile, type Path, secretKey } from "./parse.ts";
import type { CentreFile, SecretRef } from "./schema.ts";

/** A password that the file gives to a person who has none yet: whoever chose one keeps it. */
export type FirstPassword = {
  readonly userId: string;
  readonly login: string;
  readonly secret: SecretRef;
  readonly path: Path;
};

export async function firstPasswordsOf(
  store: Store,
  centreId: string,
  file: CentreFile,
  idOfLogin: ReadonlyMap<string, string>,
): Promise<FirstPassword[]> {
  const found: FirstPassword[] = [];
  for (const [index, { login, password: secret }] of (file.users ?? []).entries()) {
    const userId = idOfLogin.get(login);
    if (secret === undefined || userId === undefined) continue;
    if (await store.credentials.hasPassword(centreId, userId)) continue;
    found.push({ userId, login, secret, path: ["users", index, "password"] });
  }
  return found;
}

/** The plan with the passwords in it: to set somebody's password is to change that person. */
export function withFirstPasswords(plan: readonly PlanChange[], passwords: readonly FirstPassword[]): PlanChange[] {
  const logins = new Set(passwords.map(({ login }) => login));
  const changed = plan.map((change) => {
    if (change.kind !== "user" || !logins.delete(change.id)) return change;
    return { ...change, fields: [...change.fields, "password"] };
  });
  const alone = [...logins].map(
    (login): PlanChange => ({ action: "change", kind: "user", id: login, fields: ["password"] }),
  );
  return [...changed, ...alone];
}

/** Passwords that no form would take either. */
export function passwordProblems(
  passwords: readonly FirstPassword[],
  parsed: ParsedFile,
  secrets: Readonly<Record<string, string>>,
): FileProblem[] {
  return passwords.flatMap(({ secret, path }) => {
    const value = secrets[secretKey(secret)];
    const issue = value === undefined ? undefined : passwordSchema.safeParse(value).error?.issues[0];
    return issue === undefined ? [] : [parsed.problemAt(path, sayIssue(issue as SchemaIssue))];
  });
}

/** Sets them and ends the links by which the same people could still choose one. */
export async function setFirstPasswords(
  store: Store,
  centreId: string,
  passwords: readonly FirstPassword[],
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { userId, secret } of passwords) {
    const value = secrets[secretKey(secret)];
    if (value === undefined) continue;
    await store.credentials.setPassword(centreId, userId, value);
    await store.invitations.revokeAllOf(centreId, [userId]);
  }
}
