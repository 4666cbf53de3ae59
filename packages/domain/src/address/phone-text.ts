/** What is needed of a parsed number: parsing needs the countries' tables, which stand outside of this package. */
export type ParsedPhone = {
  readonly country?: string | undefined;
  readonly countryCallingCode: string;
  readonly nationalNumber: string;
  formatNational(): string;
  formatInternational(): string;
};

/**
 * The one way in which a telephone number is written for people, on every screen and in every list: as people of the
 * centre's country write it at home, in international form from abroad.
 * @param home the centre's country, ISO 3166-1
 */
export function phoneText(phone: ParsedPhone, home: string): string {
  const groups = phone.countryCallingCode === "359" ? bulgarian(phone.nationalNumber) : undefined;
  if (phone.country === home) return groups === undefined ? phone.formatNational() : `0${groups}`;
  return groups === undefined ? phone.formatInternational() : `+${phone.countryCallingCode} ${groups}`;
}

/**
 * Bulgarians write mobiles as 0888 123 456 and Sofia as 02 987 65 43; the tables group both otherwise. Elsewhere (032 123
 * 456, 0700 11 122) they are right.
 */
function bulgarian(national: string): string | undefined {
  if (/^(?:8[789]|9[89])[0-9]{7}$/.test(national))
    return `${national.slice(0, 3)} ${national.slice(3, 6)} ${national.slice(6)}`;
  if (/^2[0-9]{7}$/.test(national)) return `2 ${national.slice(1, 4)} ${national.slice(4, 6)} ${national.slice(6)}`;
  return undefined;
}
