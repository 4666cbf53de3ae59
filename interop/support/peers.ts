/** Debian packages that the run was told are missing (see scripts/test.mjs). */
const missing = new Set((process.env.CENTRALA_TEST_PEERS_MISSING ?? "").split(",").filter((name) => name !== ""));

/**
 * Whether all of the peers can be talked to; a suite that needs one that is missing leaves itself out, and says so here
 * as `npm test` says it at the start and at the end.
 */
export function havePeers(...packages: readonly string[]): boolean {
  const absent = packages.filter((name) => missing.has(name));
  if (absent.length > 0)
    process.stderr.write(
      `!!! LEFT OUT for want of ${absent.join(", ")}: ${new Error("suite").stack?.split("\n")[2]?.trim() ?? ""}\n`,
    );
  return absent.length === 0;
}
