export * from "./audio.ts";
export * from "./caller.ts";
export * from "./line.ts";
export * from "./phone.ts";
export * from "./sound.ts";
export * from "./taker.ts";
export * from "./visit.ts";
