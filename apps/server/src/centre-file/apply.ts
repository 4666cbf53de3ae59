import type { App, Centre } from "../app.ts";
import type { Answer } from "../http/handler.ts";

export async function planCentreFile(_app: App, _centre: Centre, _yaml: string): Promise<Answer<"plan">> {
  return { changes: [], problems: [] };
}

export async function applyCentreFile(
  _app: App,
  centre: Centre,
  _yaml: string,
  _secrets: Readonly<Record<string, string>>,
): Promise<Answer<"apply">> {
  return { changes: [], problems: [], version: centre.config.current.version };
}
