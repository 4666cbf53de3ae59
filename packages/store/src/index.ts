export { isStoreError, StoreError, type StoreErrorCode } from "./error.ts";
export * from "./port.ts";
