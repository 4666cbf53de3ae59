export { type Card, mergeCard, type ReadCard, type Remark, readCard, sameName } from "./card.ts";
export { type Columns, columnNames, findHeading, guessColumns } from "./columns.ts";
export { type CellLimits, delimitedRows, delimiterOf, type TableRow } from "./delimited.ts";
export { type NoNumber, type ReadPhone, readPhones } from "./phones.ts";
export {
  type Figures,
  ImportPlan,
  type KnownCard,
  type OutReason,
  type Owner,
  type PlannedRow,
  type Verdict,
} from "./plan.ts";
export { type DecodeBytes, vcardColumns, vcardRows } from "./vcard.ts";
