import { type CarrierPreset, carrierPresets, type Trunk } from "@centrala/contract";
import type { TFunction } from "i18next";
import type { Choice } from "./fields.tsx";

/** A line as a preset describes it; what a person still has to type is empty. */
export function trunkOfPreset(preset: CarrierPreset, name: string): Trunk {
  return {
    id: "",
    name,
    enabled: true,
    preset: preset.id,
    transport: preset.transport,
    host: preset.host ?? "",
    port: preset.port,
    outboundProxy: null,
    tlsCa: null,
    sources: [],
    registration:
      preset.way === "registration" ? { username: "", authUsername: null, password: null, expiresS: 300 } : null,
    trustsIdentity: false,
    calledFrom: preset.calledFrom,
    codecs: [...preset.codecs],
    maxCalls: 100,
    optionsEveryS: 60,
    callerIdIn: "from",
    transferredCallerIn: "none",
    country: preset.countries[0] === "*" ? null : (preset.countries[0] ?? null),
    priority: 100,
  };
}

export function presetById(id: string | null): CarrierPreset | undefined {
  return carrierPresets.find((preset) => preset.id === id);
}

export function presetName(preset: CarrierPreset, t: TFunction): string {
  return preset.name || t(`studio:lines.${preset.id}`);
}

/** Carriers of the country first, then those of every country, then the others; the two nameless ones stand last. */
export function presetChoices(country: string, t: TFunction): { group: string; items: Choice[] }[] {
  const nameless = carrierPresets.filter((preset) => preset.name === "");
  const named = carrierPresets.filter((preset) => preset.name !== "");
  const near = named.filter((preset) => preset.countries.includes(country) || preset.countries.includes("*"));
  const far = named.filter((preset) => !near.includes(preset));
  const choice = (preset: CarrierPreset): Choice => ({ value: preset.id, label: presetName(preset, t) });
  return [
    { group: t("studio:lines.preset"), items: [...near.map(choice), ...nameless.map(choice)] },
    { group: t("studio:lines.everywhere"), items: far.map(choice) },
  ].filter((group) => group.items.length > 0);
}
