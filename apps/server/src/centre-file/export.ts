import type { App, Centre } from "../app.ts";

export async function exportCentreFile(
  _app: App,
  _centre: Centre,
  _options: { readonly customers: boolean },
): Promise<string> {
  return "version: 1\n";
}
