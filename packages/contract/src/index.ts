export * from "./config.ts";
export * from "./ids.ts";
export * from "./journal.ts";
export * from "./scenario.ts";
export * from "./telephony.ts";
