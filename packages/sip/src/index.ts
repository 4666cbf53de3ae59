export * from "./message/index.ts";
export * from "./sdp/index.ts";
