/** Signs at whose beginning a spreadsheet takes a cell for a formula; the wide ones count in some countries. */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
/** A plain telephone number or amount may begin with its sign. */
const plain = /^[+-]?[0-9 ().,-]*$/;

/** A cell that a spreadsheet would take for a formula begins with an apostrophe: what strangers wrote must not run. */
function safe(cell: string): string {
  const shielded = formula.test(cell) && !plain.test(cell) ? `'${cell}` : cell;
  return /[";\r\n,\t]|^\s|\s$/.test(shielded) ? `"${shielded.replaceAll('"', '""')}"` : shielded;
}

/** One row of a CSV file as Excel of our countries opens it: semicolons, CRLF. Begin the file with {@link csvMark}. */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(safe).join(";")}\r\n`;
}

/** Tells Excel that the file is UTF-8. */
export const csvMark = "\ufeff";
