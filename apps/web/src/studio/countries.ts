import { getCountries } from "libphonenumber-js";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Choice } from "./fields.tsx";
import { zoneName } from "./zones.ts";

/** All countries with telephone numbers, named in the reader's language, in its order. */
export function useCountryChoices(): Choice[] {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const names = new Intl.DisplayNames([i18n.language], { type: "region" });
    return getCountries()
      .filter((code) => /^[A-Z]{2}$/.test(code))
      .map((code) => ({ value: code, label: names.of(code) ?? code }))
      .sort((a, b) => a.label.localeCompare(b.label, i18n.language));
  }, [i18n.language]);
}

/** The time zones the browser knows, by their cities; `current` stays choosable even when it does not know it. */
export function useTimeZoneChoices(current: string): Choice[] {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const zones = Intl.supportedValuesOf("timeZone");
    const all = zones.includes(current) || current === "" ? zones : [current, ...zones];
    const order = new Intl.Collator(language);
    return all
      .map((zone) => ({ value: zone, label: zoneName(zone, language) }))
      .sort((a, b) => order.compare(a.label, b.label));
  }, [current, language]);
}

/** The browser's own zone. */
export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
