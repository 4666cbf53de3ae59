import type {
  CallNumbers,
  CentreConfig,
  Destination,
  ExternalNumber,
  IncomingLeg,
  Input,
  Target,
} from "@centrala/contract";
import { callerTests, isEmergency, phoneText } from "@centrala/domain";
import { fail, LruMap, ok, type Result } from "@centrala/kit";
import type { AddressInput, CustomerRow, Identified, Store } from "@centrala/store";
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import type { Centre } from "../app.ts";
import { destinationOfAddress } from "./destinations.ts";
import { NumberIndex } from "./number-index.ts";
import { insideTarget } from "./own-number.ts";
import type { ShownCaller } from "./shown-callers.ts";

const rawMax = 256;
const digitsMax = 32;
/** A centre has 20,000 numbers at most; more than they must fit, or each call would read them all anew. */
const readMax = 50_000;
/** The same numbers come again and again, the centre's own with every call, and reading one takes as long as a message. */
const numbersRead = new LruMap<AddressInput>(readMax);
/** Callers come again, too, but most of them never: they must not take the places of the centre's own numbers. */
const callersRead = new LruMap<AddressInput>(1_000);

/** A number as it came, as people read it, and in international form where it is a whole valid one. */
export function readNumber(raw: string, country: string): AddressInput {
  return readInto(numbersRead, raw, country);
}

function readInto(memory: LruMap<AddressInput>, raw: string, country: string): AddressInput {
  const key = `${country} ${raw.slice(0, rawMax)}`;
  const known = memory.get(key);
  if (known !== undefined) return known;
  const read = parseNumber(raw, country);
  memory.set(key, read);
  return read;
}

function parseNumber(raw: string, country: string): AddressInput {
  const cleaned = raw
    .trim()
    .replace(/[\s().-]/g, "")
    .slice(0, digitsMax);
  const parsed = firstValid(readings(cleaned), country);
  if (parsed === undefined) return { raw: cleaned, display: cleaned, e164: null };
  return {
    raw: cleaned,
    display: phoneText(parsed, country),
    e164: parsed.number,
  };
}

/**
 * What carriers and people mean by digits, the likeliest first; the first that is a whole valid number counts. Carriers
 * send international numbers without the plus, and gateways put one, or two, in front of whatever they have.
 */
function readings(cleaned: string): readonly string[] {
  const digits = cleaned.replace(/^\++/, "");
  if (digits.startsWith("00")) return [`+${digits.slice(2)}`];
  // Behind a plus a national number shows itself by the digit that is dialled before it at home.
  if (cleaned.startsWith("+")) return /^(?:0|8\d{10}$)/.test(digits) ? [`+${digits}`, digits] : [`+${digits}`];
  return /^[1-9][0-9]{9,14}$/.test(digits) ? [digits, `+${digits}`] : [digits];
}

function firstValid(texts: readonly string[], country: string): ReturnType<typeof parsePhoneNumberFromString> {
  for (const text of texts) {
    const parsed = parsePhoneNumberFromString(text, country as CountryCode);
    if (parsed?.isValid() === true) return parsed;
  }
  return undefined;
}

/** What the core is told of a call, and what telephones show of its caller; null when nobody outside calls. */
export type Arrival = { readonly input: Input; readonly caller: ShownCaller | null };
/** A call on a line as far as memory knows it; `identify` asks the store for the rest, and is null where nothing is missing. */
export type Arriving = Arrival & { readonly identify: (() => Promise<Arrival>) | null };

/** What a call needs to be looked up before the core may decide about it. */
export type Numbers = {
  callArrived(leg: IncomingLeg, trunkId: string, contactId: string): Result<Arriving, "NUMBER_UNKNOWN">;
  deviceDialled(
    leg: IncomingLeg,
    deviceId: string,
    contactId: string,
  ): Promise<Result<Arrival, "NUMBER_UNKNOWN" | "FORBIDDEN">>;
  /** Where a number as a person types it leads: a colleague's extension, or outside. */
  target(text: string): Promise<Target>;
};

export function numbersOf(store: Store, centre: Centre): Numbers {
  const config = centre.config.current;
  return {
    callArrived: (leg, trunkId, contactId) =>
      callArrived(store, centre.id, centre.config.running, leg, trunkId, contactId),
    deviceDialled: (leg, deviceId, contactId) => deviceDialled(store, centre.id, config, leg, deviceId, contactId),
    target: (text) => targetOf(store, centre.id, config, text),
  };
}

function callArrived(
  store: Store,
  centreId: string,
  config: CentreConfig,
  leg: IncomingLeg,
  trunkId: string,
  contactId: string,
): Result<Arriving, "NUMBER_UNKNOWN"> {
  const number = findNumber(config, trunkId, leg.called);
  if (number === undefined) return fail("NUMBER_UNKNOWN", "this number is not one of the centre's");
  const wanted = numbersWanted(config, number, leg, trunkId);
  const { caller, called, outside } = wanted;
  const { addresses } = store;
  const call = { contactId, legId: leg.legId, trunkId, numberId: number.id };
  const known = {
    caller: caller === null ? null : addresses.identified(centreId, caller, number.clientId),
    called: addresses.remembered(centreId, called),
    outside: outside.map((address) => addresses.remembered(centreId, address)),
  };
  const shown = (found: Found): ShownCaller => {
    const card = ownCard(found, number.clientId);
    const name = caller === null ? "anonymous" : (caller.e164 ?? caller.raw);
    return { number: name, name: card?.name ?? "", customerId: card?.id ?? null };
  };
  if (isWhole(known)) {
    const input: Input = { kind: "callArrived", ...call, ...callNumbers(wanted, known) };
    return ok({ input, caller: shown(known), identify: null });
  }
  const identify = async (): Promise<Arrival> => {
    const [who, ids] = await Promise.all([
      known.caller === undefined && caller !== null
        ? addresses.identify(centreId, caller, number.clientId)
        : known.caller,
      addresses.findOrCreateMany(centreId, [called, ...outside]),
    ]);
    const found: Found = { caller: who ?? null, called: ids[0], outside: ids.slice(1) };
    const input: Input = {
      kind: "callIdentified",
      contactId,
      legId: leg.legId,
      ...callNumbers(wanted, found),
    };
    return { input, caller: shown(found) };
  };
  const found = { ...known, caller: known.caller ?? null };
  const input: Input = { kind: "callArriving", ...call, known: callNumbers(wanted, found) };
  return ok({ input, caller: shown(found), identify });
}

/** The numbers that a call is about, read: its own two, and those that its flow may transfer to. */
type Wanted = {
  readonly clientId: string;
  readonly caller: AddressInput | null;
  readonly called: AddressInput;
  readonly outside: readonly AddressInput[];
  /** As the flow writes them, in the order of `outside`. */
  readonly outsideTexts: readonly string[];
  readonly outsideDestinations: Record<string, Destination>;
  readonly callerTests: Record<string, boolean>;
};
/** What was found of them; a caller who withholds the number is nobody. */
type Found = {
  readonly caller: Identified | null;
  readonly called: string | undefined;
  readonly outside: readonly (string | undefined)[];
};

function isWhole(known: Omit<Found, "caller"> & { readonly caller: Identified | null | undefined }): known is Found {
  return known.caller !== undefined && known.called !== undefined && !known.outside.includes(undefined);
}

function numbersWanted(config: CentreConfig, number: ExternalNumber, leg: IncomingLeg, trunkId: string): Wanted {
  const country = countryOf(config, trunkId, number.clientId);
  const identity = leg.asserted ?? leg.caller;
  const caller = identity === null ? null : readInto(callersRead, identity, country);
  const called = readNumber(number.number, country);
  const scenario = config.scenario.find((candidate) => candidate.id === number.scenarioId);
  const outsideTexts = outsideTargets(scenario);
  const outside = outsideTexts.map((text) => readNumber(text, country));
  const destinations = outside.map((address, index) => [outsideTexts[index], destinationOfAddress(address, config)]);
  return {
    clientId: number.clientId,
    caller,
    called,
    outside,
    outsideTexts,
    outsideDestinations: Object.fromEntries(destinations),
    // The flow may ask about the caller's number; the answers go in, the number stays out of the journal.
    callerTests:
      scenario === undefined
        ? {}
        : callerTests(scenario, { caller: caller?.e164 ?? identity, called: called.e164 ?? number.number }),
  };
}

function callNumbers(wanted: Wanted, found: Found): CallNumbers {
  const ids = wanted.outsideTexts.flatMap((text, index) => {
    const id = found.outside[index];
    return id === undefined ? [] : [[text, id]];
  });
  return {
    callerAddressId: found.caller?.addressId ?? null,
    calledAddressId: found.called ?? null,
    customerId: ownCard(found, wanted.clientId)?.id ?? null,
    // The journal never holds the numbers themselves.
    outsideAddressIds: Object.fromEntries(ids) as Record<string, string>,
    outsideDestinations: wanted.outsideDestinations,
    callerTests: wanted.callerTests,
  };
}

/** Whose card stands with another client is nobody's business on this client's call; among several none is guessed. */
function ownCard({ caller }: Found, clientId: string): CustomerRow | undefined {
  const own = (caller?.customers ?? []).filter((customer) => customer.clientId === clientId);
  return own.length === 1 ? own[0] : undefined;
}

/** The called number on this trunk: as written, or the same in international form. */
export function findNumber(config: CentreConfig, trunkId: string, called: string): ExternalNumber | undefined {
  return numbersIndexed(config).find(trunkId, called);
}

const indices = new WeakMap<CentreConfig, NumberIndex>();

const warmAtOnce = 50;

/** Makes the index of a configuration's numbers ready, a little at a time, so that calls go on meanwhile. */
export async function warmNumbers(config: CentreConfig): Promise<void> {
  const index = numbersIndexed(config);
  while (index.warm(warmAtOnce)) await new Promise<void>((resolve) => setImmediate(resolve));
}

function numbersIndexed(config: CentreConfig): NumberIndex {
  const known = indices.get(config);
  if (known !== undefined) return known;
  const made = new NumberIndex(config.number, (raw, trunkId) => readNumber(raw, countryOf(config, trunkId, null)).e164);
  indices.set(config, made);
  return made;
}

export function countryOf(config: CentreConfig, trunkId: string, clientId: string | null): string {
  const trunk = config.trunk.find((candidate) => candidate.id === trunkId);
  const client = config.client.find((candidate) => candidate.id === clientId);
  return trunk?.country ?? client?.country ?? config.centre.country;
}

/** The numbers outside that this flow may transfer to, each once. */
function outsideTargets(scenario: CentreConfig["scenario"][number] | undefined): readonly string[] {
  const texts = new Set<string>();
  for (const step of Object.values(scenario?.steps ?? {}))
    if (step.kind === "transfer" && step.target.kind === "number") texts.add(step.target.number);
  return [...texts];
}

async function deviceDialled(
  store: Store,
  centreId: string,
  config: CentreConfig,
  leg: IncomingLeg,
  deviceId: string,
  contactId: string,
): Promise<Result<Arrival, "NUMBER_UNKNOWN" | "FORBIDDEN">> {
  const device = config.device.find((candidate) => candidate.id === deviceId);
  const user = config.user.find((candidate) => candidate.id === device?.userId);
  if (user === undefined) return fail("FORBIDDEN", "this telephone belongs to nobody");
  const target = await targetOf(store, centreId, config, leg.called);
  const clientId = usualClient(config, user.id);
  if (clientId === undefined) return fail("NUMBER_UNKNOWN", "the centre has no client");
  const callerNumberId = callerNumberOf(config, clientId);
  const input: Input = {
    kind: "operatorDialled",
    contactId,
    operatorId: user.id,
    legId: leg.legId,
    deviceId: device?.id,
    target,
    clientId,
    callerNumberId,
    customerId: null,
  };
  return ok({ input, caller: null });
}

async function targetOf(store: Store, centreId: string, config: CentreConfig, text: string): Promise<Target> {
  const dialled = text.trim().replace(/[\s().-]/g, "");
  const emergency = isEmergency(dialled, config.centre.country);
  const colleague = emergency ? undefined : config.user.find((user) => user.active && user.extension === dialled);
  if (colleague !== undefined) return { kind: "operator", operatorId: colleague.id };
  const own = emergency ? undefined : ownNumber(config, dialled);
  const inside = own === undefined ? undefined : insideTarget(config, own);
  if (inside !== undefined) return inside;
  const address = emergency
    ? { raw: dialled, display: dialled, e164: null }
    : readNumber(dialled, config.centre.country);
  const addressId = await store.addresses.findOrCreate(centreId, address);
  const where = emergency ? {} : { destination: destinationOfAddress(address, config) };
  return { kind: "outside", addressId, emergency, ...where };
}

/** The number of the centre's that a person means who dials this. */
function ownNumber(config: CentreConfig, dialled: string): ExternalNumber | undefined {
  const { country } = config.centre;
  const { e164 } = readNumber(dialled, country);
  return config.number.find(
    (number) => number.number === dialled || (e164 !== null && readNumber(number.number, country).e164 === e164),
  );
}

/** In whose name a person calls who has said nothing: the client of their first queue, else the centre's first. */
export function usualClient(config: CentreConfig, userId: string): string | undefined {
  const queue = config.queue.find((candidate) => candidate.operators.some((member) => member.userId === userId));
  return queue?.clientId ?? config.client[0]?.id;
}

/** The number shown to those whom a client's operators call: the set one, else its first; never another client's. */
export function callerNumberOf(config: CentreConfig, clientId: string): string | null {
  const client = config.client.find((candidate) => candidate.id === clientId);
  return client?.callerNumberId ?? config.number.find((number) => number.clientId === clientId)?.id ?? null;
}
