// For tests and benchmarks: a centre in virtual time with a telephony of its own, and what must hold after every step.
export { checkAccounts, checkOpen } from "./accounts.ts";
export { type Steps, testConfig, testQueue, testScenario } from "./config.ts";
export { monday, noNumbers, promptMs, TestCentre } from "./harness.ts";
export { checkInvariants, checkState } from "./invariants.ts";
export { type Move, movesConfig, playMoves } from "./moves.ts";
export { TestTelephony } from "./telephony.ts";
