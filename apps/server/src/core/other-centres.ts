import { BlockList, isIP } from "node:net";
import { type CentreConfig, say, type Trunk } from "@centrala/contract";
import type { Problem } from "@centrala/domain";
import type { Store } from "@centrala/store";
import { countryOf, readNumber } from "./numbers.ts";

type Centres = Pick<Store, "centres" | "entities">;

/**
 * Numbers that a change would take from another centre of the installation: the same number, whichever way it is
 * written, on a line whose calls come from the same addresses. What was so before does not stand in anybody's way.
 */
export async function numbersElsewhere(
  store: Centres,
  centreId: string,
  before: CentreConfig,
  after: CentreConfig,
): Promise<readonly Problem[]> {
  if (before.number === after.number && before.trunk === after.trunk) return [];
  const others = (await store.centres.list()).filter(({ id }) => id !== centreId);
  if (others.length === 0) return [];
  const theirs = (await Promise.all(others.map(({ id }) => store.entities.loadConfig(id)))).flatMap(claims);
  const known = new Set(taken(before, theirs).map(({ id, trunkId }) => `${id} ${trunkId}`));
  return taken(after, theirs)
    .filter(({ id, trunkId }) => !known.has(`${id} ${trunkId}`))
    .map(({ id, number }) => ({ kind: "number", id, field: "number", ...say("NUMBER_ELSEWHERE", { value: number }) }));
}

type Claim = {
  readonly id: string;
  readonly trunkId: string;
  readonly number: string;
  /** The number in the one form in which all meet. */
  readonly key: string;
  readonly sources: readonly string[];
};

function claims(config: CentreConfig): Claim[] {
  const trunks = new Map(config.trunk.map((trunk) => [trunk.id, sourcesOf(trunk)]));
  return config.number.map(({ id, number, trunkId }) => {
    const key = readNumber(number, countryOf(config, trunkId, null)).e164 ?? number.replace(/\D/g, "");
    return { id, trunkId, number, key, sources: trunks.get(trunkId) ?? [] };
  });
}

function taken(config: CentreConfig, theirs: readonly Claim[]): Claim[] {
  const byKey = Map.groupBy(theirs, ({ key }) => key);
  return claims(config).filter(({ key, sources }) =>
    (byKey.get(key) ?? []).some((other) => overlap(sources, other.sources)),
  );
}

function sourcesOf({ sources, host, outboundProxy }: Trunk): string[] {
  const named = [host, outboundProxy?.replace(/:\d+$/, "") ?? ""];
  return [...sources, ...named].map((source) => source.trim().toLowerCase()).filter((source) => source !== "");
}

/** Names meet as they are written; networks where one holds the first address of the other. */
function overlap(one: readonly string[], other: readonly string[]): boolean {
  return one.some((source) => other.some((each) => source === each || holds(source, each) || holds(each, source)));
}

function holds(network: string, source: string): boolean {
  const [address = "", bits] = network.split("/");
  const [inner = ""] = source.split("/");
  const family = isIP(address);
  if (family === 0 || isIP(inner) !== family) return false;
  const kind = family === 6 ? "ipv6" : "ipv4";
  const width = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? width : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > width) return false;
  const set = new BlockList();
  set.addSubnet(address, prefix, kind);
  return set.check(inner, kind);
}
