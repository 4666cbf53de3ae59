export * from "./audio.ts";
export * from "./sdp.ts";
