export * from "./address.ts";
export { toTagOf } from "./client.ts";
export * from "./heap.ts";
export * from "./layer.ts";
export * from "./matching.ts";
export * from "./peer.ts";
export * from "./requests.ts";
export * from "./transaction.ts";
export * from "./via.ts";
