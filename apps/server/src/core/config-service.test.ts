import type { CentreConfig, Input } from "@centrala/contract";
import { defaultConfig, emptyState, toCoreConfig } from "@centrala/domain";
import { fail } from "@centrala/kit";
import type { Store } from "@centrala/store";
import { describe, expect, it, vi } from "vitest";
import type { CentreCore } from "../app.ts";
import { NotInEffect, StoredConfig } from "./config-service.ts";
import { Bench, turn, useFakeTimers } from "./testing/loop-bench.ts";

useFakeTimers();

const first: CentreConfig = {
  ...defaultConfig({ kind: "in-house", country: "BG", language: "en", timeZone: "Europe/Sofia", name: "Test" }),
  version: 7,
};
const silent = (version: number): CentreConfig => ({
  ...first,
  version,
  centre: { ...first.centre, recordCalls: false },
});
const loud = (version: number): CentreConfig => ({ ...first, version, centre: { ...first.centre, recordCalls: true } });

/** A store that holds what the test says. */
function storeOf(config: CentreConfig) {
  const held = { config };
  const store = { entities: { loadConfig: () => Promise.resolve(held.config) } } as unknown as Store;
  return { held, store };
}

async function running() {
  const { held, store } = storeOf(silent(7));
  const bench = new Bench();
  const config = await StoredConfig.load(store, "centre");
  const attached = config.attach(bench.loop);
  await turn();
  await attached;
  const reload = async (next: CentreConfig): Promise<void> => {
    held.config = next;
    const done = config.reload();
    await turn();
    await done;
  };
  return { bench, config, reload, store };
}

describe("a centre's configuration", () => {
  it("is told to the core whole once, and from then on by what is different", async () => {
    const { bench, reload } = await running();
    await reload(loud(8));
    const change = { from: 0, version: 8, settings: { recordCalls: true }, lists: {}, members: [] };
    expect(bench.journal.map(({ input }) => input.kind)).toEqual(["configChanged", "configChanged"]);
    expect(bench.journal[1]?.input).toEqual({ kind: "configChanged", change: { ...change, from: 7 } });
    expect(bench.journal[1]?.facts).toEqual([{ kind: "configChanged", change: { ...change, from: 7 } }]);
    expect(bench.loop.state.config.core).toEqual(toCoreConfig(loud(8)));
  });

  it("that the core decides the same with is no entry: at a start, and where nothing of it is the core's", async () => {
    const { bench, reload, store } = await running();
    const again = await StoredConfig.load(store, "centre");
    await again.attach(bench.loop);
    await reload({ ...silent(8), centre: { ...silent(8).centre, name: "Another name" } });
    expect(bench.journal.length).toBe(1);
  });

  it("is never an older one than was there, whichever answer of the database comes last", async () => {
    const { bench, config, reload } = await running();
    await reload(loud(9));
    await reload(silent(8));
    expect(config.current.version).toBe(9);
    expect(bench.loop.state.config.core.recordCalls).toBe(true);
  });

  it("that the core does not take is said to be stored only, is told again, and reaches everything else", async () => {
    const { held, store } = storeOf(silent(7));
    const state = emptyState();
    const told: Input["kind"][] = [];
    const answers: boolean[] = [true, false, true];
    const core = {
      state,
      stuckMs: 0,
      submit: (input: Input) => {
        told.push(input.kind);
        return Promise.resolve(answers.shift() === true ? { ok: true, value: { facts: [] } } : fail("NOT_STORED", ""));
      },
    } as unknown as CentreCore;
    const config = await StoredConfig.load(store, "centre");
    await config.attach(core);
    const heard: number[] = [];
    config.onChange(() => Promise.reject(new Error("a listener that fails")));
    config.onChange(({ version }) => void heard.push(version));
    held.config = loud(8);
    await expect(config.reload()).rejects.toBeInstanceOf(NotInEffect);
    expect([told.length, heard]).toEqual([2, [8]]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told.length).toBe(3);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(told.length).toBe(3);
    config.close();
  });
});
