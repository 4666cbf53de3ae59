import { commandLineMaker } from "../accounts/access.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { theCentre, withStore } from "./offline.ts";

/** A body is sent as JSON, a form as a form. */
export type Api = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly text: string }>;

/** True when a server answers on this computer's web port. */
export async function isRunning(loaded: LoadedSettings): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${loaded.settings.httpPort}/healthz`, {
      signal: AbortSignal.timeout(2_000),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Talks to the running server with a token that lives two minutes and is revoked afterwards. */
export async function withApi<T>(loaded: LoadedSettings, work: (api: Api) => Promise<T>): Promise<T> {
  return withStore(loaded, async (store) => {
    const centreId = await theCentre(store);
    const made = await store.tokens.create(centreId, {
      name: "command line",
      roles: ["manager", "technician"],
      createdBy: commandLineMaker,
      ttlMs: 120_000,
    });
    try {
      return await work(async (method, path, body) => {
        const answer = await fetch(`http://127.0.0.1:${loaded.settings.httpPort}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${made.token}`,
            ...(body === undefined || body instanceof FormData ? {} : { "content-type": "application/json" }),
          },
          body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
        });
        if (answer.status === 401)
          throw Object.assign(
            new Error(`the server on port ${loaded.settings.httpPort} serves another data folder (CENTRALA_HTTP_PORT)`),
            { code: "OTHER_SERVER" },
          );
        return { status: answer.status, text: await answer.text() };
      });
    } finally {
      await store.tokens.revoke(centreId, made.row.id);
    }
  });
}
