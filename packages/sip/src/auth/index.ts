export * from "./client.ts";
export * from "./digest.ts";
export * from "./nonces.ts";
export * from "./server.ts";
