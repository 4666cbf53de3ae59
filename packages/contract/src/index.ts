export * from "./ids.ts";
export * from "./telephony.ts";
