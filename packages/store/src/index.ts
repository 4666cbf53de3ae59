export { startEmbedded } from "./embedded/start.ts";
export { failsForGood, isStoreError, StoreError, type StoreErrorCode } from "./error.ts";
export { openStore } from "./open.ts";
export * from "./port.ts";
export { noReport } from "./repository/customer-imports.ts";
