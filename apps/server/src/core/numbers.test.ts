import {
  type CentreConfig,
  deviceSchema,
  type IncomingLeg,
  numberSchema,
  scenarioSchema,
  trunkSchema,
  userSchema,
} from "@centrala/contract";
import { defaultConfig } from "@centrala/domain";
import { ok } from "@centrala/kit";
import type { AddressInput, CustomerRow, Store } from "@centrala/store";
import { describe, expect, it } from "vitest";
import type { Centre } from "../app.ts";
import { NumberIndex } from "./number-index.ts";
import { callerNumberOf, findNumber, numbersOf, readNumber } from "./numbers.ts";

const transferTo = "02 900 1234";
const base = defaultConfig({ kind: "outsourcing", country: "BG", language: "bg", timeZone: "Europe/Sofia", name: "T" });
const config: CentreConfig = {
  ...base,
  client: [
    { ...base.client[0], id: "main", callerNumberId: null },
    { ...base.client[0], id: "abroad", country: "GB", callerNumberId: "uk" },
    { ...base.client[0], id: "poor", callerNumberId: null },
  ] as CentreConfig["client"],
  trunk: [trunk("carrier", null), trunk("british", "GB")],
  number: [
    number("hotline", "+35924001001", "carrier", "main"),
    number("short", "100200", "carrier", "main"),
    number("uk", "02079460101", "british", "abroad"),
    numberSchema.parse({ ...number("sales", "+35924001007", "carrier", "main"), scenarioId: "open" }),
    numberSchema.parse({ ...number("menu", "+35924001008", "carrier", "main"), scenarioId: "asks" }),
  ],
  user: [user("anna", "201", true), user("gone", "202", false)],
  device: [
    deviceSchema.parse({ id: "phone", userId: "anna", username: "anna-phone" }),
    deviceSchema.parse({ id: "orphan", userId: "nobody", username: "orphan" }),
  ],
  scenario: [
    scenarioSchema.parse({
      id: "main",
      name: "Main",
      clientId: "main",
      language: "bg",
      start: "out",
      steps: { out: { kind: "transfer", target: { kind: "number", number: transferTo }, otherwise: null } },
    }),
    scenarioSchema.parse({
      id: "open",
      name: "Open",
      clientId: "main",
      language: "bg",
      start: "hours",
      steps: {
        hours: { kind: "hours", hoursId: "main", open: "hello", closed: null },
        hello: { kind: "play", prompts: [{ kind: "sound", name: "greeting" }], next: "queue" },
        queue: { kind: "queue", queueId: "sales", otherwise: null },
      },
    }),
    scenarioSchema.parse({
      id: "asks",
      name: "Asks",
      clientId: "main",
      language: "bg",
      start: "test",
      steps: {
        test: { kind: "test", variable: "caller", operator: "is-empty", then: "queue", otherwise: null },
        queue: { kind: "queue", queueId: "sales", otherwise: null },
      },
    }),
  ],
};

function trunk(id: string, country: string | null) {
  return trunkSchema.parse({ id, name: id, host: "127.0.0.1", country });
}
function number(id: string, text: string, trunkId: string, clientId: string) {
  return numberSchema.parse({ id, number: text, trunkId, clientId, scenarioId: "main" });
}
function user(id: string, extension: string, active: boolean) {
  return userSchema.parse({ id, login: id, name: id, roles: ["operator"], extension, active });
}

/** A store that knows addresses by what they are, and these customers by number. */
function numbers(customers: Readonly<Record<string, readonly string[]>> = {}, remembers = false) {
  const addresses: AddressInput[] = [];
  const findOrCreate = async (_centreId: string, address: AddressInput) => {
    const key = address.e164 ?? address.raw;
    if (!addresses.some((known) => (known.e164 ?? known.raw) === key)) addresses.push(address);
    return `address of ${key}`;
  };
  const idOf = (address: AddressInput) => `address of ${address.e164 ?? address.raw}`;
  const identified = (address: AddressInput) => ({
    addressId: idOf(address),
    customers: (customers[address.e164 ?? ""] ?? []).map(
      (id) => ({ id, name: `Name of ${id}`, clientId: id.split(" of ")[1] ?? "main" }) as CustomerRow,
    ),
  });
  const store = {
    addresses: {
      findOrCreate,
      findOrCreateMany: (centreId: string, wanted: readonly AddressInput[]) =>
        Promise.all(wanted.map((address) => findOrCreate(centreId, address))),
      identify: async (centreId: string, address: AddressInput) => {
        await findOrCreate(centreId, address);
        return identified(address);
      },
      identified: (_centreId: string, address: AddressInput) => (remembers ? identified(address) : undefined),
      remembered: (_centreId: string, address: AddressInput) => (remembers ? idOf(address) : undefined),
    },
  } as unknown as Store;
  const made = numbersOf(store, { id: "centre", config: { current: config, running: config } } as Centre);
  /** A call with everything looked up. */
  const arrived = async (leg: IncomingLeg, trunkId: string, contactId: string) => {
    const arriving = made.callArrived(leg, trunkId, contactId);
    return arriving.ok && arriving.value.identify !== null ? ok(await arriving.value.identify()) : arriving;
  };
  return { ...made, arrived, addresses };
}

function leg(change: Partial<IncomingLeg>): IncomingLeg {
  const plain = { legId: "leg", from: { kind: "trunk", trunkId: "carrier" }, called: "+35924001001", caller: null };
  return { ...plain, asserted: null, ...change } as unknown as IncomingLeg;
}

const fixed = { class: "fixed", country: "BG", listed: null, pricePerMinute: 30_000 } as const;
const mobile = { ...fixed, class: "mobile", pricePerMinute: 100_000 } as const;
const short = { ...fixed, class: "short", pricePerMinute: 150_000 } as const;

describe("a number as it came", () => {
  it.each([
    ["088 812 3456", "BG", "0888 123 456", "+359888123456"],
    ["+359 88 812-3456", "BG", "0888 123 456", "+359888123456"],
    ["00359888123456", "BG", "0888 123 456", "+359888123456"],
    ["359888123456", "BG", "0888 123 456", "+359888123456"],
    ["+359888123456", "RU", "+359 888 123 456", "+359888123456"],
    ["029876543", "BG", "02 987 65 43", "+35929876543"],
    ["070011122", "BG", "0700 11 122", "+35970011122"],
    ["+79161234567", "BG", "+7 916 123 45 67", "+79161234567"],
    ["8 (916) 123-45-67", "RU", "8 (916) 123-45-67", "+79161234567"],
    ["020 7946 0101", "GB", "020 7946 0101", "+442079460101"],
  ])("reads %s of %s", (raw, country, display, e164) => {
    expect(readNumber(raw, country)).toEqual({ raw: raw.replace(/[\s().-]/g, ""), display, e164 });
  });

  it.each([
    ["493012345678", "BG", "+493012345678"],
    ["442079460101", "BG", "+442079460101"],
    ["79161234567", "BG", "+79161234567"],
    ["12125550123", "BG", "+12125550123"],
    ["905321234567", "BG", "+905321234567"],
    ["38970123456", "BG", "+38970123456"],
    ["40212345678", "BG", "+40212345678"],
    ["302101234567", "BG", "+302101234567"],
    ["442079460101", "US", "+442079460101"],
    ["359888123456", "RU", "+359888123456"],
    ["359888123456", "BG", "+359888123456"],
    ["888123456", "BG", "+359888123456"],
    ["89161234567", "RU", "+79161234567"],
    ["9161234567", "RU", "+79161234567"],
    ["+0888123456", "BG", "+359888123456"],
    ["++359888123456", "BG", "+359888123456"],
    ["+00359888123456", "BG", "+359888123456"],
    ["+89161234567", "RU", "+79161234567"],
    ["+1234567", "BG", null],
  ])("%s as a carrier of %s delivers it is %s", (raw, country, e164) => {
    expect(readNumber(raw, country).e164).toBe(e164);
  });

  it.each(["", "anonymous", "12", "112", "+1", "*72", "abc", "+359", "99999999999999999999999999999999999999999"])(
    "keeps %j as it is, without an international form",
    (raw) => {
      const read = readNumber(raw, "BG");
      expect(read).toEqual({ raw: raw.slice(0, 32), display: raw.slice(0, 32), e164: null });
    },
  );
});

describe("the called number", () => {
  it.each([
    ["+35924001001", "carrier", "hotline"],
    ["35924001001", "carrier", "hotline"],
    ["0035924001001", "carrier", "hotline"],
    ["024001001", "carrier", "hotline"],
    ["100200", "carrier", "short"],
    ["02079460101", "british", "uk"],
    ["+442079460101", "british", "uk"],
    ["442079460101", "british", "uk"],
  ])("finds %s on %s", (called, trunkId, id) => {
    expect(findNumber(config, trunkId, called)?.id).toBe(id);
  });

  it.each([
    ["+35924001001", "british"],
    ["+35924001002", "carrier"],
    ["1001", "carrier"],
    ["", "carrier"],
    ["anonymous", "carrier"],
    ["+35924001001", "nowhere"],
  ])("does not find %j on %s", (called, trunkId) => {
    expect(findNumber(config, trunkId, called)).toBeUndefined();
  });
});

describe("the index of 15,000 numbers", () => {
  const many = Array.from({ length: 15_000 }, (_, index) => ({
    ...number("n", "1", "carrier", "main"),
    id: `n${index}`,
    number: `num${index}`,
  }));

  it("reads each number once, whatever is asked, and an unknown one without looking at the others", () => {
    let read = 0;
    const index = new NumberIndex(many, (raw) => {
      read += 1;
      return `+${raw}`;
    });
    expect([index.find("carrier", "num7")?.id, read]).toEqual(["n7", 0]);
    while (index.warm(1_000));
    expect(read).toBe(15_000);
    for (let call = 0; call < 100; call += 1) {
      expect([index.find("carrier", "unknown"), index.find("nowhere", "num1")]).toEqual([undefined, undefined]);
    }
    expect(read).toBe(15_100);
  });
});

describe("a call that arrives", () => {
  const found = {
    callerAddressId: "address of +359888123456",
    calledAddressId: "address of +35924001001",
    customerId: "customer",
    outsideAddressIds: { [transferTo]: "address of +35929001234" },
    outsideDestinations: { [transferTo]: fixed },
    callerTests: {},
  };
  const caller = { number: "+359888123456", name: "Name of customer", customerId: "customer" };

  it("comes with addresses, its customer and the flow's outside numbers, as memory knows them", () => {
    const given = numbers({ "+359888123456": ["customer"] }, true);
    const call = { contactId: "contact", legId: "leg", trunkId: "carrier", numberId: "hotline" };
    expect(given.callArrived(leg({ caller: "0888123456" }), "carrier", "contact")).toEqual({
      ok: true,
      value: { input: { kind: "callArrived", ...call, ...found }, caller, identify: null },
    });
    expect(given.addresses).toEqual([]);
  });

  it("comes without what has to be looked up, which follows", async () => {
    const given = numbers({ "+359888123456": ["customer"] });
    const arriving = given.callArrived(leg({ caller: "0888123456" }), "carrier", "contact");
    const known = {
      ...found,
      callerAddressId: null,
      calledAddressId: null,
      customerId: null,
      outsideAddressIds: {},
    };
    expect(arriving.ok && arriving.value).toMatchObject({
      input: { kind: "callArriving", contactId: "contact", legId: "leg", known },
      caller: { number: "+359888123456", name: "", customerId: null },
    });
    expect(await given.arrived(leg({ caller: "0888123456" }), "carrier", "contact")).toEqual({
      ok: true,
      value: { input: { kind: "callIdentified", contactId: "contact", legId: "leg", ...found }, caller },
    });
    expect(given.addresses.map((address) => address.display)).toEqual(["0888 123 456", "02 400 10 01", "02 900 12 34"]);
  });

  it("believes the asserted identity before From", async () => {
    const arrived = await numbers().arrived(leg({ caller: "anonymous", asserted: "+359888123456" }), "carrier", "c");
    expect(arrived.ok && arrived.value).toMatchObject({ input: { callerAddressId: "address of +359888123456" } });
  });

  it("has no caller when the number is withheld", async () => {
    const arrived = await numbers().arrived(leg({}), "carrier", "c");
    expect(arrived.ok && arrived.value).toMatchObject({
      input: { callerAddressId: null, customerId: null },
      caller: { number: "anonymous", name: "", customerId: null },
    });
  });

  it("does not guess among several customers of one number", async () => {
    const given = numbers({ "+359888123456": ["one", "two"] });
    const arrived = await given.arrived(leg({ caller: "+359888123456" }), "carrier", "c");
    expect(arrived.ok && arrived.value).toMatchObject({ input: { customerId: null }, caller: { name: "" } });
  });

  it("is nobody of another client's, whose card no operator of this one may see", async () => {
    const given = numbers({ "+359888123456": ["their card of another"] });
    const arrived = await given.arrived(leg({ caller: "+359888123456" }), "carrier", "c");
    expect(arrived.ok && arrived.value).toMatchObject({ input: { customerId: null }, caller: { name: "" } });
  });

  it("reads the caller by the line's country", async () => {
    const arrived = await numbers().arrived(leg({ called: "02079460101", caller: "02079460999" }), "british", "c");
    expect(arrived.ok && arrived.value).toMatchObject({ input: { callerAddressId: "address of +442079460999" } });
  });

  it("is refused for a number that is not the centre's", async () => {
    expect(await numbers().arrived(leg({ called: "+35929999999" }), "carrier", "c")).toMatchObject({
      ok: false,
      code: "NUMBER_UNKNOWN",
    });
  });
});

describe("what a person dials", () => {
  it.each([
    ["201", { kind: "operator", operatorId: "anna" }],
    [" 2 0 1 ", { kind: "operator", operatorId: "anna" }],
    ["202", { kind: "outside", addressId: "address of 202", emergency: false, destination: short }],
    ["0888 123 456", { kind: "outside", addressId: "address of +359888123456", emergency: false, destination: mobile }],
    ["112", { kind: "outside", addressId: "address of 112", emergency: true }],
    // A number of the centre's own does not leave it to come back, unless its flow asks something or leads outside.
    ["+35924001007", { kind: "queue", queueId: "sales" }],
    ["02 400 1007", { kind: "queue", queueId: "sales" }],
    ["024001008", { kind: "outside", addressId: "address of +35924001008", emergency: false, destination: fixed }],
    ["024001001", { kind: "outside", addressId: "address of +35924001001", emergency: false, destination: fixed }],
  ])("%j leads to its target", async (text, target) => {
    expect(await numbers().target(text)).toEqual(target);
  });

  it("from a telephone calls in the name of its operator and the first client", async () => {
    expect(await numbers().deviceDialled(leg({ called: "0888123456" }), "phone", "contact")).toEqual({
      ok: true,
      value: {
        input: {
          kind: "operatorDialled",
          contactId: "contact",
          operatorId: "anna",
          legId: "leg",
          deviceId: "phone",
          target: { kind: "outside", addressId: "address of +359888123456", emergency: false, destination: mobile },
          clientId: "main",
          callerNumberId: "hotline",
          customerId: null,
        },
        caller: null,
      },
    });
  });

  it.each(["orphan", "unknown"])("from the telephone %s of nobody is refused", async (deviceId) => {
    expect(await numbers().deviceDialled(leg({ called: "201" }), deviceId, "c")).toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("the number that is shown", () => {
  it.each([
    ["abroad", "uk"],
    ["main", "hotline"],
    ["poor", null],
  ])("of %s is %s: the set one, else the client's first, and never another client's", (clientId, numberId) => {
    expect(callerNumberOf(config, clientId)).toBe(numberId);
  });

  it("is none when the centre has no number", () => {
    expect(callerNumberOf({ ...config, number: [], client: [] }, "main")).toBeNull();
  });
});
