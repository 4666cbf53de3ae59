import { type CentreConfig, type DeskTarget, say, type Target } from "@centrala/contract";
import { centreScope } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import { callerNumberOf, numbersOf, usualClient } from "../core/numbers.ts";
import { hasDigits } from "../customers/number.ts";
import { fieldProblem, HttpProblem } from "../http/errors.ts";

/**
 * What a person chose or typed, as the core knows it: a colleague's extension becomes the colleague, any other number an
 * address outside; emergency numbers of the centre's country are marked, whatever else they may look like.
 */
export async function resolveTarget(app: App, centre: Centre, chosen: DeskTarget): Promise<Target> {
  if (chosen.kind === "operator") return { kind: "operator", operatorId: chosen.operatorId };
  if (chosen.kind === "queue") return { kind: "queue", queueId: chosen.queueId };
  if (!hasDigits(chosen.number)) throw fieldProblem("number", say("NO_DIGITS"));
  return numbersOf(app.store, centre).target(chosen.number);
}

/** The customer whom an operator dials, when exactly one has this number. */
export async function customerOfTarget(
  app: App,
  centre: Centre,
  target: Target,
  clientId: string,
): Promise<string | null> {
  if (target.kind !== "outside") return null;
  const address = await app.store.addresses.get(centre.id, target.addressId);
  if (address?.e164 == null) return null;
  const known = await app.store.customers.findByPhone(centreScope(centre.id), address.e164, { clientId });
  return known.length === 1 ? (known[0]?.id ?? null) : null;
}

/** The client of the call that an operator has in hand or has just had. */
export function clientOfLastCall({ core }: Centre, operatorId: string): string | null {
  const work = core.state.operators.get(operatorId)?.work;
  if (work === undefined || work.kind === "none") return null;
  return core.state.contacts.get(work.contactId)?.clientId ?? null;
}

/**
 * In whose name an operator calls: the client asked for, else that of the call it is about (a missed one that is called
 * back, the last one), else the usual one.
 */
export function clientFor(
  config: CentreConfig,
  operatorId: string,
  asked: string | null,
  ofCall: string | null = null,
): { readonly clientId: string; readonly callerNumberId: string | null } {
  const known = config.client.some(({ id }) => id === ofCall) ? ofCall : null;
  const wanted = asked ?? known ?? usualClient(config, operatorId);
  const client = config.client.find((candidate) => candidate.id === wanted);
  if (client !== undefined) return { clientId: client.id, callerNumberId: callerNumberOf(config, client.id) };
  throw asked === null ? new HttpProblem("CONFIG_INVALID") : fieldProblem("clientId", say("CLIENT_UNKNOWN"));
}
