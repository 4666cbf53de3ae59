import type { DestinationClass } from "@centrala/contract";

type Range = { readonly class: DestinationClass };

/** ITU-T E.164.1 and E.164.2: codes that belong to no country. Digits without the plus sign. */
const countryless: ReadonlyMap<string, Range> = new Map([
  ["800", { class: "toll-free" }],
  ["808", { class: "shared-cost" }],
  ["870", { class: "satellite" }],
  ["878", { class: "premium" }],
  ["881", { class: "satellite" }],
  ["882", { class: "satellite" }],
  ["883", { class: "satellite" }],
  ["888", { class: "satellite" }],
  ["979", { class: "premium" }],
]);

/** Area codes that look like a call within North America and are charged as one to another country. */
const islands: ReadonlyMap<string, string> = new Map([
  ["1242", "BS"],
  ["1246", "BB"],
  ["1264", "AI"],
  ["1268", "AG"],
  ["1284", "VG"],
  ["1340", "VI"],
  ["1345", "KY"],
  ["1441", "BM"],
  ["1473", "GD"],
  ["1649", "TC"],
  ["1658", "JM"],
  ["1664", "MS"],
  ["1670", "MP"],
  ["1671", "GU"],
  ["1684", "AS"],
  ["1721", "SX"],
  ["1758", "LC"],
  ["1767", "DM"],
  ["1784", "VC"],
  ["1787", "PR"],
  ["1809", "DO"],
  ["1829", "DO"],
  ["1849", "DO"],
  ["1868", "TT"],
  ["1869", "KN"],
  ["1876", "JM"],
  ["1939", "PR"],
]);

/**
 * Numbers that cost by the minute or the call what their service asks for, whatever a library knows of them: national
 * numbering plans, in international form without the plus sign.
 */
const dear: readonly string[] = [
  "1900",
  "1976",
  "30901",
  "30909",
  "31900",
  "31906",
  "31909",
  "3290",
  "3389",
  "34803",
  "34806",
  "34807",
  "34905",
  "351761",
  "353151",
  "353152",
  "353153",
  "353154",
  "353155",
  "353156",
  "353157",
  "353158",
  "353159",
  "358600",
  "358700",
  "35990",
  "3690",
  "370900",
  "37190",
  "372900",
  "380900",
  "38560",
  "38690",
  "39144",
  "39166",
  "39178",
  "39199",
  "39892",
  "39895",
  "39899",
  "4090",
  "41900",
  "41901",
  "41906",
  "42090",
  "421900",
  "42197",
  "43900",
  "43901",
  "43930",
  "43931",
  "43939",
  "4470",
  "4487",
  "449",
  "4590",
  "46900",
  "46939",
  "46944",
  "4782",
  "49118",
  "49137",
  "49900",
  "61190",
  "64900",
  "7803",
  "7809",
  "90900",
  "9721919",
];

/** Countries where 118 and what follows is a directory service at a price of its own. */
const directories = "AT BE BG CH CY CZ DE DK ES FI FR GB GR HR HU IE IT LT LV MT NL PL PT RO SE SI SK TR".split(" ");

/** Parts of one network that a library takes for countries: whoever may call the one may call the other. */
const parts: Readonly<Record<string, readonly string[]>> = {
  AU: ["CC", "CX"],
  FI: ["AX"],
  GB: ["GG", "IM", "JE"],
  IT: ["VA"],
  MA: ["EH"],
  NO: ["SJ"],
  US: ["PR", "VI"],
};

/** A country with what belongs to its network. */
export function networkOf(country: string): readonly string[] {
  return Object.hasOwn(parts, country) ? [country, ...(parts[country] ?? [])] : [country];
}

const dearByLength = byLength(new Set(dear));
const countrylessByLength = byLength(new Set(countryless.keys()));

function byLength(prefixes: ReadonlySet<string>): readonly { readonly length: number; readonly set: Set<string> }[] {
  const lengths = [...new Set([...prefixes].map((prefix) => prefix.length))].sort((a, b) => b - a);
  return lengths.map((length) => ({ length, set: new Set([...prefixes].filter((one) => one.length === length)) }));
}

function prefixIn(table: ReturnType<typeof byLength>, digits: string): string | undefined {
  const found = table.find(({ length, set }) => set.has(digits.slice(0, length)));
  return found === undefined ? undefined : digits.slice(0, found.length);
}

/** The class of a number that belongs to no country; undefined when it belongs to one. */
export function countrylessClass(international: string): DestinationClass | undefined {
  const prefix = prefixIn(countrylessByLength, international);
  return prefix === undefined ? undefined : countryless.get(prefix)?.class;
}

/** The country whose island the area code is; undefined when it is none of them. */
export function islandCountry(international: string): string | undefined {
  return islands.get(international.slice(0, 4));
}

export function isDear(international: string): boolean {
  return prefixIn(dearByLength, international) !== undefined;
}

/** A short number of a country that is known to cost more than a call. */
export function isDearShort(digits: string, country: string): boolean {
  return digits.startsWith("118") && digits.length <= 6 && digits.length > 3 && directories.includes(country);
}
