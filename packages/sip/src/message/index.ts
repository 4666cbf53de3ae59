export { Headers } from "./headers.ts";
export * from "./message.ts";
export { canonicalName, wireName } from "./names.ts";
export * from "./values.ts";
