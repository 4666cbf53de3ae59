import { getCountries } from "libphonenumber-js";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Choice } from "./fields.tsx";

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

/** The time zones the browser knows; `current` stays choosable even when it does not know it. */
export function useTimeZoneChoices(current: string): Choice[] {
  return useMemo(() => {
    const zones = Intl.supportedValuesOf("timeZone");
    const all = zones.includes(current) || current === "" ? zones : [current, ...zones];
    return all.map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
  }, [current]);
}

/** The browser's own zone. */
export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
