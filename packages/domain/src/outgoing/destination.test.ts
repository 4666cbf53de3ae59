import { type DestinationClass, outgoingSchema } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { classify, type DialledNumber, destinationOf } from "./destination.ts";

/** A whole number as a library reads it. */
function whole(e164: string, country: string | null, kind: DestinationClass | null = "fixed"): DialledNumber {
  return { dialled: e164, international: e164.slice(1), country, fits: "whole", kind };
}
function odd(dialled: string, change: Partial<DialledNumber> = {}): DialledNumber {
  return { dialled, international: null, country: null, fits: "no", kind: null, ...change };
}

describe("where a number leads", () => {
  it("[O1] a whole number has its country and class; half numbers and number salad have none", () => {
    expect(classify(whole("+35929876543", "BG"), "BG")).toEqual({ country: "BG", class: "fixed" });
    expect(classify(whole("+359888123456", "BG", "mobile"), "BG")).toEqual({ country: "BG", class: "mobile" });
    expect(classify(odd("08881234567890123"), "BG")).toEqual({ country: null, class: "unknown" });
    expect(classify(odd("+35988812345678", { international: "35988812345678", country: "BG" }), "BG")).toEqual({
      country: "BG",
      class: "unknown",
    });
    expect(classify(odd("13171"), "BG")).toEqual({ country: "BG", class: "short" });
    expect(classify(odd("11833"), "DE")).toEqual({ country: "DE", class: "premium" });
  });

  it.each(["0900１２３４５６７", "13171;rn=1", "1;phone-context=+88", "131@71", "1%2A31", "0800FLOWERS", "13+171", ""])(
    "[O9] %s leads nowhere",
    (dialled) => {
      expect(classify(odd(dialled), "BG")).toEqual({ country: null, class: "unknown" });
    },
  );

  it.each([
    ["+8816123456789", "satellite"],
    ["+8821612345678", "satellite"],
    ["+883510012345678", "satellite"],
    ["+870773123456", "satellite"],
    ["+979123456789", "premium"],
    ["+8781012345678", "premium"],
    ["+80012345678", "toll-free"],
  ] as const)("[O2] %s is %s and of no country, whole or not", (number, expected) => {
    const digits = number.slice(1);
    expect(classify(whole(number, "BG", "mobile"), "BG")).toEqual({ country: null, class: expected });
    const overlong = odd(`00${digits}99`, { international: `${digits}99` });
    expect(classify(overlong, "BG")).toEqual({ country: null, class: expected });
  });

  it.each([
    ["+14735551234", "GD"],
    ["+18095551234", "DO"],
    ["+18295551234", "DO"],
    ["+18495551234", "DO"],
    ["+18765551234", "JM"],
    ["+12685551234", "AG"],
    ["+12845551234", "VG"],
    ["+16495551234", "TC"],
    ["+16645551234", "MS"],
    ["+17585551234", "LC"],
    ["+17675551234", "DM"],
    ["+17845551234", "VC"],
    ["+18685551234", "TT"],
    ["+18695551234", "KN"],
  ])("[O3] %s is %s, not the United States", (number, country) => {
    expect(classify(whole(number, "US"), "US").country).toBe(country);
  });

  it.each(["*21*0888123456#", "*21#", "##002#", "*67"])("[O4] %s is a code of the carrier", (dialled) => {
    expect(classify(odd(dialled), "BG").class).toBe("service-code");
  });

  it.each([
    ["+35990123456", "BG"],
    ["+78091234567", "RU"],
    ["+19005551234", "US"],
    ["+447012345678", "GB"],
    ["+449098790000", "GB"],
    ["+499001234567", "DE"],
    ["+390878123456", "IT"],
  ])("[O5] %s costs more than a call where it is dear", (number, country) => {
    const dear = number !== "+390878123456";
    expect(classify(whole(number, country, "fixed"), country).class).toBe(dear ? "premium" : "fixed");
    expect(classify(whole(number, country, "premium"), country).class).toBe("premium");
  });

  it("[O6] a new range of the own country is dialled, one of another is not", () => {
    const fresh = { international: "359431234567", country: "BG", fits: "length" } as const;
    expect(classify(odd("0431234567", fresh), "BG")).toEqual({ country: "BG", class: "other" });
    expect(classify(odd("00359431234567", fresh), "RO")).toEqual({ country: "BG", class: "unknown" });
  });

  it("[O7] the longest prefix decides, the denied of two equal ones", () => {
    const outgoing = outgoingSchema.parse({
      allowedPrefixes: ["+4420", "+447", "0700"],
      deniedPrefixes: ["+44", "+4420"],
    });
    const listed = (number: DialledNumber) => destinationOf(number, "BG", outgoing).listed;
    expect(listed(whole("+442071234567", "GB"))).toBe("denied");
    expect(listed(whole("+447911123456", "GB"))).toBe("allowed");
    expect(listed(whole("+441611234567", "GB"))).toBe("denied");
    expect(listed(odd("07001", {}))).toBe("allowed");
    expect(listed(whole("+35929876543", "BG"))).toBe(null);
  });

  it("[O8] the price of the longest prefix, otherwise of the class", () => {
    const outgoing = outgoingSchema.parse({
      prefixPrices: [
        { prefix: "+44", perMinute: 0.02 },
        { prefix: "+447", perMinute: 0.15 },
      ],
    });
    const price = (number: DialledNumber) => destinationOf(number, "BG", outgoing).pricePerMinute;
    expect(price(whole("+447911123456", "GB", "mobile"))).toBe(150_000);
    expect(price(whole("+441611234567", "GB"))).toBe(20_000);
    expect(price(whole("+35929876543", "BG"))).toBe(30_000);
    expect(price(whole("+4930123456", "DE"))).toBe(400_000);
  });
});
