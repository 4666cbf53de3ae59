/** What most of the world answers: the European number, and the one that GSM phones know everywhere. */
const everywhere = ["112"];

/** Emergency numbers by country (ISO 3166-1); a country that is not listed has {@link everywhere}. */
const byCountry: Readonly<Record<string, readonly string[]>> = {
  AM: ["101", "102", "103", "104", "112", "911"],
  AT: ["112", "122", "133", "144"],
  AU: ["000", "106", "112"],
  AZ: ["101", "102", "103", "104", "112"],
  BA: ["112", "122", "123", "124"],
  BE: ["100", "101", "112"],
  BG: ["112"],
  BY: ["101", "102", "103", "104", "112"],
  CA: ["911", "112"],
  CH: ["112", "117", "118", "144"],
  CY: ["112", "199"],
  CZ: ["112", "150", "155", "158"],
  DE: ["110", "112"],
  DK: ["112"],
  EE: ["112"],
  ES: ["061", "080", "091", "112"],
  FI: ["112"],
  FR: ["15", "17", "18", "112", "114"],
  GB: ["112", "999"],
  GE: ["112"],
  GR: ["100", "112", "166", "199"],
  HR: ["112", "192", "193", "194"],
  HU: ["104", "105", "107", "112"],
  IE: ["112", "999"],
  IL: ["100", "101", "102", "112"],
  IN: ["100", "101", "102", "112"],
  IS: ["112"],
  IT: ["112", "113", "115", "118"],
  JP: ["110", "118", "119"],
  KG: ["101", "102", "103", "104", "112"],
  KZ: ["101", "102", "103", "104", "112"],
  LT: ["112"],
  LU: ["112", "113"],
  LV: ["110", "112", "113"],
  MD: ["112"],
  ME: ["112", "122", "123", "124"],
  MK: ["112", "192", "193", "194"],
  MT: ["112"],
  NL: ["112"],
  NO: ["110", "112", "113"],
  NZ: ["111", "112"],
  PL: ["112", "997", "998", "999"],
  PT: ["112"],
  RO: ["112"],
  RS: ["112", "192", "193", "194"],
  RU: ["101", "102", "103", "104", "112"],
  SE: ["112"],
  SI: ["112", "113"],
  SK: ["112", "150", "155", "158"],
  TJ: ["101", "102", "103", "104", "112"],
  TR: ["112"],
  UA: ["101", "102", "103", "104", "112"],
  US: ["911", "112"],
  UZ: ["101", "102", "103", "104", "112"],
};

/** The emergency numbers of a country, as they are dialled there. */
export function emergencyNumbers(country: string): readonly string[] {
  return Object.hasOwn(byCountry, country) ? (byCountry[country] ?? everywhere) : everywhere;
}

/**
 * Whether what was dialled is an emergency number of the country. Spaces, hyphens, brackets and dots are passed over; a
 * number with anything before or behind it, or with a plus sign, is an ordinary one.
 */
export function isEmergency(dialled: string, country: string): boolean {
  return emergencyNumbers(country).includes(dialled.replace(/[\s().-]/g, ""));
}
