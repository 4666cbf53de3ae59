import { type Access, type EntityKind, routes, say } from "@centrala/contract";
import { permits } from "../accounts/access.ts";
import type { PlanChange } from "../centre-file/changes.ts";
import { HttpProblem } from "./errors.ts";
import type { Caller } from "./handler.ts";
import { clientsOf } from "./sight.ts";

type Kind = EntityKind | "centre" | "customer";

/**
 * What changing a kind of thing needs, by whichever door it comes: a form, a file, a token. Only a manager gives roles: a
 * technician could otherwise make a manager of themselves.
 */
function accessOfKind(kind: Kind): Access {
  if (kind === "centre") return routes.changeCentre.access;
  if (kind === "customer") return routes.changeCustomer.access;
  return kind === "user" ? ["manager"] : routes.putEntity.access;
}

/** Refuses whoever may not change this kind. @throws FORBIDDEN */
export function requireKind(caller: Caller, kind: Kind): void {
  if (kind === "user") requirePerson(caller);
  if (permits(accessOfKind(kind), caller.roles)) return;
  throw new HttpProblem("FORBIDDEN", kind === "user" ? { said: say("MANAGER_ONLY") } : {});
}

/**
 * Rights are given by people: a token that makes people or tokens would outlive every end that somebody sets to it. The
 * command line, which has the data folder anyway, acts by a token of its own. @throws FORBIDDEN
 */
export function requirePerson(caller: Caller): void {
  if (caller.userId === null && !caller.commandLine)
    throw new HttpProblem("FORBIDDEN", { said: say("TOKEN_GIVES_NO_RIGHTS") });
}

const sectionOf: Readonly<Partial<Record<string, string>>> = { centre: "centre", user: "users", customer: "customers" };

/** Refuses a file with changes that the caller could not make by the routes of the same things. @throws FORBIDDEN */
export function requireChanges(caller: Caller, changes: readonly PlanChange[]): void {
  const kinds = new Set(changes.map((change) => change.kind as Kind));
  if (kinds.has("user")) requirePerson(caller);
  // A file does not say for whom it speaks: cards of all clients are the business of those who see all clients.
  const mayChange = (kind: Kind): boolean =>
    permits(accessOfKind(kind), caller.roles) && (kind !== "customer" || clientsOf(caller) === null);
  const refused = [...kinds].filter((kind) => !mayChange(kind));
  if (refused.length === 0) return;
  const sections = refused.map((kind) => sectionOf[kind] ?? kind).join(", ");
  throw new HttpProblem("FORBIDDEN", { said: say("SECTIONS_FORBIDDEN", { sections }) });
}

export function mayReadCustomers(caller: Caller): boolean {
  return permits(routes.customers.access, caller.roles);
}

/** Refuses the customers of the centre to whoever may not read them by their own route. @throws FORBIDDEN */
export function requireCustomers(caller: Caller): void {
  if (!mayReadCustomers(caller))
    throw new HttpProblem("FORBIDDEN", { said: say("SECTIONS_FORBIDDEN", { sections: "customers" }) });
}
