/** The line by which a centre phones itself up for a test: its trunk, number and call flow, which no list of a centre's own counts. */
export const testTrunkId = "test-line";
export const testNumberId = "test-number";
/** Leads straight to a queue, at any hour: the closed sign must not keep the first call away. */
export const testScenarioId = "test-call";
