import type { Device } from "@centrala/contract";
import type { SeededRandom } from "@centrala/kit";
import type { EntityChange } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import { makePassword } from "./logins.ts";
import { DemoOperator } from "./operator.ts";

type Options = { readonly app: App; readonly centre: Centre; readonly random: SeededRandom };

const restingMax = 2;
/** How often it is looked whether somebody has signed in or out. */
const attendEveryMs = 2_000;
/** A session that was not used for so long belongs to somebody who has left. */
const attendedMs = 30 * 60_000;
/** Devices of simulated operators, by the beginning of their keys. */
const prefix = "demo-";

/** The simulated operators: one for each of the demonstration's telephones. */
export class DemoOperators {
  readonly #options: Options;
  #operators: readonly DemoOperator[] = [];
  #forget: () => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { app, centre, random } = this.#options;
    const devices = centre.config.current.device.filter((device) => device.id.startsWith(prefix));
    const passwords = await newPasswords(app, centre, devices);
    this.#operators = devices.map(
      ({ userId, username }) =>
        new DemoOperator({
          app,
          centre,
          random,
          userId,
          username,
          password: passwords.get(username) ?? "",
          mayRest: () => this.#operators.filter((operator) => operator.resting).length < restingMax,
        }),
    );
    const byId = new Map(this.#operators.map((operator) => [operator.id, operator]));
    this.#forget = centre.core.onCommitted((entries) => {
      for (const { facts } of entries)
        for (const fact of facts) {
          if (!("operatorId" in fact) || fact.operatorId === null) continue;
          byId.get(fact.operatorId)?.fact(fact);
        }
    });
    await this.#lookAround();
    await Promise.all(this.#operators.map((operator) => operator.start()));
  }

  /** Whoever has signed in takes the desk; whoever has signed out gives it back. */
  async #lookAround(): Promise<void> {
    const { app, centre } = this.#options;
    try {
      for (const operator of this.#operators) {
        const sessions = await app.store.sessions.list(centre.id, operator.id);
        await operator.attend(sessions.some((session) => session.seenAt > app.clock() - attendedMs));
      }
    } catch (error) {
      app.log.warn({ err: String(error) }, "the demonstration could not see who has signed in");
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#lookAround(), attendEveryMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#forget();
    await Promise.all(this.#operators.map((operator) => operator.stop()));
  }
}

/** The telephones get new passwords at every start: nobody has to keep them. */
async function newPasswords(app: App, centre: Centre, devices: readonly Device[]): Promise<Map<string, string>> {
  const passwords = new Map(devices.map(({ username }) => [username, makePassword()]));
  const changes = devices.map(
    (device): EntityChange => ({
      put: "device",
      value: { ...device, password: passwords.get(device.username) ?? null },
    }),
  );
  const applied = await app.store.entities.apply(centre.id, changes);
  if (!applied.ok) throw new Error(applied.message);
  await centre.config.reload();
  return passwords;
}
