import { type Language, type Role, say } from "@centrala/contract";
import type { Centre } from "../app.ts";
import { HttpProblem } from "./errors.ts";

/** Who asks: a person with a session, or a machine with a token. Roles are read anew with every request. */
export type Caller = {
  readonly centre: Centre;
  readonly roles: readonly Role[];
  /** Null for a machine. */
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly tokenId: string | null;
  /** A command on the machine itself, by the short token that it made in the database for this one time. */
  readonly commandLine: boolean;
};

/** The person who asks; machines have no desk. */
export function personOf(caller: Caller): string {
  if (caller.userId === null) throw new HttpProblem("FORBIDDEN", { said: say("PERSON_ONLY") });
  return caller.userId;
}

/** "user id", "token:<id>" or "cli" for the audit. */
export function whoOf(caller: Caller): string {
  if (caller.commandLine) return "cli";
  return caller.userId ?? `token:${caller.tokenId ?? "?"}`;
}

/** The person's language, else the centre's: for what is not said by the page itself. */
export function languageOf(caller: Caller): Language {
  const { user, centre } = caller.centre.config.current;
  return user.find((each) => each.id === caller.userId)?.language ?? centre.language;
}

/** Whether somebody sees the whole floor, or only what concerns them. */
export function seesAll(caller: Caller): boolean {
  return caller.roles.includes("manager") || caller.roles.includes("supervisor");
}
