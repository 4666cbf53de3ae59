export * from "./agent/index.ts";
export * from "./auth/index.ts";
export * from "./dialog/index.ts";
export * from "./message/index.ts";
export * from "./registrar/index.ts";
export * from "./sdp/index.ts";
export * from "./transaction/index.ts";
