export { type CellLimits, type Delimiter, delimitedRows, delimiterOf, delimiters, type TableRow } from "./delimited.ts";
