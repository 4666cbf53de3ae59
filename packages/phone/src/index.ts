export * from "./engines/index.ts";
export * from "./service/index.ts";
