import { type CentreConfig, centreSchema } from "@centrala/contract";
import { defaultConfig, mayDial, outgoingRule } from "@centrala/domain";
import { describe, expect, it } from "vitest";
import { destinationOfAddress } from "./destinations.ts";
import { readNumber } from "./numbers.ts";

function config(country: string): CentreConfig {
  const centre = { kind: "in-house", country, language: "en", timeZone: "Europe/Sofia", name: "Zora" } as const;
  return defaultConfig(centre);
}

/** What becomes of a number as somebody dials it in a centre that has set nothing. */
function dial(country: string, dialled: string): string {
  const given = config(country);
  const destination = destinationOfAddress(readNumber(dialled, country), given);
  const verdict = mayDial(outgoingRule(given), () => ({ atOnce: 0, calls: 0, ms: 0, spent: 0 }), {
    destination,
    emergency: false,
    operatorId: "anna",
    onDuty: true,
    deviceId: null,
    trunkIds: ["carrier"],
  });
  return verdict.allowed ? destination.class : verdict.code;
}

describe("numbers as they are dialled, by a centre that has set nothing", () => {
  it.each([
    ["BG", "02 987 6543", "fixed"],
    ["BG", "0888 123 456", "mobile"],
    ["BG", "+359888123456", "mobile"],
    ["BG", "00359 2 987 6543", "fixed"],
    ["BG", "0800 12 345", "toll-free"],
    ["BG", "0700 12 345", "shared-cost"],
    ["BG", "13171", "short"],
    ["BG", "202", "short"],
    ["RU", "8 495 123-45-67", "fixed"],
    ["RU", "8 912 345 67 89", "mobile"],
    ["RU", "8 800 555 35 35", "toll-free"],
    ["US", "(212) 555-0123", "mobile"],
    ["US", "1 800 555 1234", "toll-free"],
    ["GB", "020 7946 0999", "fixed"],
    ["GB", "07400 123456", "mobile"],
    ["GB", "01534 123456", "fixed"],
    ["DE", "030 123456", "fixed"],
    ["IT", "06 698 12345", "fixed"],
  ])("%s: %s goes out as %s", (country, dialled, expected) => {
    expect(dial(country, dialled)).toBe(expected);
  });

  it.each([
    ["BG", "0900 12 345", "CLASS_NOT_ALLOWED"],
    ["BG", "090 123456", "CLASS_NOT_ALLOWED"],
    ["BG", "+881612345678", "CLASS_NOT_ALLOWED"],
    ["BG", "00881612345678", "CLASS_NOT_ALLOWED"],
    ["BG", "881612345678", "CLASS_NOT_ALLOWED"],
    ["BG", "0088161234567890123", "CLASS_NOT_ALLOWED"],
    ["BG", "+882161234567", "CLASS_NOT_ALLOWED"],
    ["BG", "+883510012345", "CLASS_NOT_ALLOWED"],
    ["BG", "+979123456789", "CLASS_NOT_ALLOWED"],
    ["BG", "+19005551234", "COUNTRY_NOT_ALLOWED"],
    ["BG", "+2348012345678", "COUNTRY_NOT_ALLOWED"],
    ["BG", "002348012345678", "COUNTRY_NOT_ALLOWED"],
    ["BG", "2348012345678", "COUNTRY_NOT_ALLOWED"],
    ["BG", "*21*0888123456#", "CLASS_NOT_ALLOWED"],
    ["BG", "##21#", "CLASS_NOT_ALLOWED"],
    ["BG", "08881234567890123", "NUMBER_NOT_ALLOWED"],
    ["BG", "0900１２３４５６７８９０１２", "NUMBER_NOT_ALLOWED"],
    ["BG", "13171;rn=+881", "NUMBER_NOT_ALLOWED"],
    ["BG", "1;phone-context=+88", "NUMBER_NOT_ALLOWED"],
    ["BG", "13171@88", "NUMBER_NOT_ALLOWED"],
    ["BG", "1%2A31", "NUMBER_NOT_ALLOWED"],
    ["BG", "0800/FLOWERS", "NUMBER_NOT_ALLOWED"],
    ["US", "473 555 1234", "COUNTRY_NOT_ALLOWED"],
    ["US", "1-809-555-1234", "COUNTRY_NOT_ALLOWED"],
    ["US", "876-555-1234", "COUNTRY_NOT_ALLOWED"],
    ["US", "900 555 1234", "CLASS_NOT_ALLOWED"],
    ["US", "011 881 612345678", "CLASS_NOT_ALLOWED"],
    ["US", "101 0321 1 212 555 0123", "NUMBER_NOT_ALLOWED"],
    ["RU", "8 10 881 612345678", "CLASS_NOT_ALLOWED"],
    ["RU", "8 809 123 45 67", "CLASS_NOT_ALLOWED"],
    ["GB", "070 1234 5678", "CLASS_NOT_ALLOWED"],
    ["GB", "0909 879 0000", "CLASS_NOT_ALLOWED"],
    ["DE", "0900 1 234567", "CLASS_NOT_ALLOWED"],
    ["DE", "11833", "CLASS_NOT_ALLOWED"],
  ])("%s: %s does not: %s", (country, dialled, expected) => {
    expect(dial(country, dialled)).toBe(expected);
  });

  it("countries of clients and lines are called without having been chosen", () => {
    const given = config("BG");
    const [client] = given.client;
    if (client === undefined) throw new Error("a new centre has a client");
    const both = { ...given, client: [client, { ...client, id: "ro", country: "RO" }] };
    expect(outgoingRule(both).countries).toEqual(["BG", "RO"]);
    const chosen = centreSchema.parse({ ...given.centre, outgoing: { countries: ["DE"] } });
    expect(outgoingRule({ ...given, centre: chosen }).countries).toEqual(["BG", "DE"]);
  });
});
