/** Times are instants, lengths milliseconds. */
export type ColumnKind = "text" | "time" | "length" | "count";
export type Cell = string | number | null;
