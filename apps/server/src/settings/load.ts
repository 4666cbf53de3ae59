import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, ok, type Result } from "@centrala/kit";
import { parse } from "yaml";
import { disagreement, type SettingName, type Settings, settingsSchema } from "./schema.ts";

/** Where a setting's value came from, for `centrala config`. */
export type Origin = "default" | "file" | "environment" | "flag";
export type LoadedSettings = { readonly settings: Settings; readonly origins: Readonly<Record<SettingName, Origin>> };

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** `httpPort` -> `CENTRALA_HTTP_PORT`. */
export function variableOf(name: SettingName): string {
  return `CENTRALA_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `httpPort` -> `--http-port`. */
export function flagOf(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Reads flags, then the environment, then `centrala.yaml` in the data folder, then defaults.
 * @param defaults what a command has in place of the usual defaults
 * @returns SETTING_INVALID with one line that names the setting, where it came from and what it may be
 */
export function loadSettings(
  flags: Readonly<Partial<Record<SettingName, string>>>,
  variables: Readonly<Record<string, string | undefined>>,
  defaults: Readonly<Partial<Record<SettingName, string>>> = {},
): Result<LoadedSettings, "SETTING_INVALID"> {
  const data = resolve(
    flags.data ||
      variables[variableOf("data")] ||
      (defaults.data ?? fileURLToPath(new URL("../../../../.centrala", import.meta.url))),
  );
  const slip = Object.keys(variables)
    .map(slipOfThePen)
    .find((found) => found !== null);
  if (slip) return fail("SETTING_INVALID", `${slip.name} is no setting; did you mean ${slip.meant}?`);
  const file = readSettingsFile(join(data, "centrala.yaml"));
  if (!file.ok) return file;
  const values: Record<string, unknown> = {};
  const origins = {} as Record<SettingName, Origin>;
  for (const name of settingNames) {
    const [value, origin] = pick(name, flags, variables, file.value);
    origins[name] = origin;
    if (value !== undefined || defaults[name] !== undefined) values[name] = value ?? defaults[name];
  }
  values.data = data;
  const parsed = settingsSchema.safeParse(values);
  const issue = parsed.error?.issues[0];
  const wrong = parsed.success
    ? disagreement(parsed.data)
    : { name: String(issue?.path[0] ?? "data") as SettingName, message: issue?.message ?? "not valid" };
  if (parsed.success && wrong === null) return ok({ settings: parsed.data, origins });
  const { name, message } = wrong ?? { name: "data" as const, message: "not valid" };
  const value = values[name] ?? (parsed.success ? parsed.data[name] : undefined);
  const shown = value === null || value === undefined ? "absent" : hideSecrets(JSON.stringify(value));
  return fail("SETTING_INVALID", `${describeOrigin(name, origins[name])} cannot be ${shown}: ${message}`);
}

/** A variable that is a setting but for an underscore or a last S would be overlooked in silence. */
function slipOfThePen(name: string): { readonly name: string; readonly meant: string } | null {
  const bare = (text: string): string => text.replaceAll("_", "").replace(/S$/, "");
  const known = settingNames.map(variableOf);
  if (!name.startsWith("CENTRALA") || known.includes(name)) return null;
  const meant = known.find((variable) => bare(variable) === bare(name));
  return meant === undefined ? null : { name, meant };
}

function pick(
  name: SettingName,
  flags: Readonly<Partial<Record<SettingName, string>>>,
  variables: Readonly<Record<string, string | undefined>>,
  file: Readonly<Record<string, unknown>>,
): [unknown, Origin] {
  if (flags[name] !== undefined) return [flags[name], "flag"];
  const variable = variables[variableOf(name)];
  if (variable !== undefined && variable !== "") return [variable, "environment"];
  if (file[name] !== undefined) return [file[name], "file"];
  return [undefined, "default"];
}

function describeOrigin(name: SettingName, origin: Origin | undefined): string {
  if (origin === "flag") return flagOf(name);
  if (origin === "file") return `${name} in centrala.yaml`;
  return variableOf(name);
}

function readSettingsFile(path: string): Result<Readonly<Record<string, unknown>>, "SETTING_INVALID"> {
  if (!existsSync(path)) return ok({});
  try {
    const content: object = parse(readFileSync(path, "utf8")) ?? {};
    if (typeof content !== "object" || Array.isArray(content))
      return fail("SETTING_INVALID", "centrala.yaml must hold settings as name: value");
    const unknown = Object.keys(content).find((name) => !settingNames.includes(name as SettingName));
    if (unknown !== undefined)
      return fail("SETTING_INVALID", `centrala.yaml has a setting that does not exist: ${unknown}`);
    return ok(content as Record<string, unknown>);
  } catch (error) {
    return fail(
      "SETTING_INVALID",
      `centrala.yaml cannot be read: ${error instanceof Error ? (error.message.split("\n")[0] ?? "").replace(/:$/, "") : ""}`,
    );
  }
}

/** A database's address without its password, wherever it stands. */
function hideSecrets(text: string): string {
  return text.replace(/:\/\/([^:/@]+):.+@/, "://$1:***@").replace(/([?&](?:ssl)?password=)[^&]*/g, "$1***");
}

/** The settings as `centrala config` prints them; secrets in URLs are hidden. */
export function printSettings(loaded: LoadedSettings): string {
  const width = Math.max(...settingNames.map((name) => variableOf(name).length));
  return settingNames
    .map((name) => {
      const value: unknown = loaded.settings[name];
      const shown =
        value === null
          ? "-"
          : name === "rtpPorts"
            ? `${loaded.settings.rtpPorts.first}-${loaded.settings.rtpPorts.last}`
            : String(value);
      return `${variableOf(name).padEnd(width)}  ${hideSecrets(shown)}  (${loaded.origins[name]}; ${flagOf(name)}; ${settingsSchema.shape[name].description ?? ""})`;
    })
    .join("\n");
}
