export * from "./agent.ts";
export { type AgentOptions, defaultNextHop, type HeaderLines } from "./core.ts";
export type { EndOptions } from "./ending.ts";
export * from "./events.ts";
export type { InviteSettings } from "./outgoing.ts";
export type { RegistrationSettings } from "./registration.ts";
