import { randomFillSync } from "node:crypto";
import { basename } from "node:path";
import type { CentreConfig, Prompt } from "@centrala/contract";
import { uuidV7 } from "@centrala/kit";
import type { Store } from "@centrala/store";
import type { Places } from "../app.ts";
import {
  type ApplyOutcome,
  applyCentreFile,
  type FileApp,
  type FileCentre,
  type PlanOutcome,
  planCentreFile,
} from "../centre-file/apply.ts";
import { exportCentreFile } from "../centre-file/export.ts";
import { parseCentreFile } from "../centre-file/parse.ts";
import { StoredConfig } from "../core/config-service.ts";
import { keepPrompt, type PromptWav } from "../core/prompts.ts";
import type { Api } from "./running.ts";

type Settings = CentreConfig["centre"];
type Secrets = Readonly<Record<string, string>>;
/** A running server refuses what is not confirmed. */
type Applied = Omit<ApplyOutcome, "unconfirmed"> & Partial<Pick<ApplyOutcome, "unconfirmed">>;

/** A centre that a file is applied to or made of: one that runs, or one in the store. */
export type CentreTarget = {
  plan(yaml: string): Promise<PlanOutcome>;
  /** @param deletes how many recordings may become due by a shorter retention */
  apply(yaml: string, secrets: Secrets, deletes: number): Promise<Applied>;
  prompts(): Promise<readonly Pick<Prompt, "id" | "sha256">[]>;
  /** Gives a prompt of the configuration its sound; `file` is the sound as it was read from `path`. */
  putPrompt(id: string, path: string, file: Uint8Array, made: PromptWav): Promise<void>;
  export(customers: boolean): Promise<string>;
};

/** A running server, through its API: its core, telephones and screens learn of every change. */
export function runningCentre(api: Api): CentreTarget {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await api(method, path, body);
    if (answer.status < 300) return JSON.parse(answer.text) as T;
    throw new Error(`the server refused: ${messageOf(answer.text)} (${answer.status})`);
  };
  return {
    plan: (yaml) => call("POST", "/api/centre-file/plan", { yaml }),
    apply: (yaml, secrets, deletes) => call("POST", "/api/centre-file/apply", { yaml, secrets, deletes }),
    prompts: async () => (await call<{ items: Prompt[] }>("GET", "/api/config/prompt")).items,
    putPrompt: async (id, path, file) => {
      const form = new FormData();
      form.set("file", new Blob([Uint8Array.from(file)], { type: "audio/wav" }), basename(path));
      await call("POST", `/api/prompts/${encodeURIComponent(id)}/audio`, form);
    },
    export: async (customers) => {
      const answer = await api("GET", `/api/centre-file?customers=${customers ? "yes" : "no"}`);
      if (answer.status < 300) return answer.text;
      throw new Error(`the server refused: ${messageOf(answer.text)} (${answer.status})`);
    },
  };
}

function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? body.slice(0, 200));
  } catch {
    return body.slice(0, 200);
  }
}

const clock = (): number => Date.now();
const entropy = { fill: (out: Uint8Array): void => void randomFillSync(out) };

/** A centre of the store, while no server runs. */
export async function storedCentre(store: Store, places: Places, centreId: string): Promise<CentreTarget> {
  const centre: FileCentre = { id: centreId, config: await StoredConfig.load(store, centreId) };
  const app: FileApp = { store, clock, entropy };
  return {
    plan: (yaml) => planCentreFile(app, centre, parseCentreFile(yaml)),
    apply: (yaml, secrets, deletes) => applyCentreFile(app, centre, parseCentreFile(yaml), secrets, { deletes }),
    prompts: async () => centre.config.current.prompt,
    putPrompt: async (id, _path, _file, made) => {
      const prompt = centre.config.current.prompt.find((candidate) => candidate.id === id);
      if (prompt === undefined) return;
      const kept = await keepPrompt({ store, places }, centre, prompt, made);
      if (!kept.ok) throw new Error(kept.message);
    },
    export: (customers) => exportCentreFile({ store }, centre, { customers }),
  };
}

/** What a file would make of a centre that does not exist yet. */
export function planNewCentre(store: Store, settings: Settings, yaml: string): Promise<PlanOutcome> {
  const current: CentreConfig = {
    version: 0,
    centre: settings,
    client: [],
    trunk: [],
    number: [],
    user: [],
    device: [],
    skill: [],
    hours: [],
    queue: [],
    scenario: [],
    prompt: [],
    breakReason: [],
  };
  const config = { current, reload: async () => undefined, name: (_kind: string, id: string) => id };
  return planCentreFile({ store, clock, entropy }, { id: uuidV7(clock(), entropy), config }, parseCentreFile(yaml));
}
