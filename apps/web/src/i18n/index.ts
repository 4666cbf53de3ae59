import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const languages = ["en", "ru", "bg"] as const;
export type InterfaceLanguage = (typeof languages)[number];
export const languageNames: Record<InterfaceLanguage, string> = { en: "English", ru: "Русский", bg: "Български" };

/** Every file here is `<area>.<language>.json`; the area is its namespace, written before a colon. */
const files = import.meta.glob<Record<string, unknown>>("./*.json", { eager: true, import: "default" });
const storageKey = "centrala.language";

export function resources(): Record<string, Record<string, Record<string, unknown>>> {
  const all: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const [path, content] of Object.entries(files)) {
    const match = /^\.\/([a-z]+)\.(en|ru|bg)\.json$/.exec(path);
    if (!match?.[1] || !match[2]) continue;
    all[match[2]] ??= {};
    (all[match[2]] as Record<string, Record<string, unknown>>)[match[1]] = content;
  }
  return all;
}

/** The language chosen on this computer, else the browser's first that we have, else English. */
export function firstLanguage(stored: string | null, preferred: readonly string[]): InterfaceLanguage {
  const candidates = [stored ?? "", ...preferred.map((tag) => tag.slice(0, 2).toLowerCase())];
  const found = candidates.find((tag) => languages.some((language) => language === tag));
  return (found as InterfaceLanguage | undefined) ?? "en";
}

export function startI18n(): void {
  void i18next.use(initReactI18next).init({
    resources: resources() as never,
    lng: firstLanguage(localStorage.getItem(storageKey), navigator.languages),
    fallbackLng: "en",
    defaultNS: "common",
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = i18next.language;
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
}

/** Whether somebody chose a language on this computer; if not, the user's own from the server counts. */
export function languageIsChosen(): boolean {
  return localStorage.getItem(storageKey) !== null;
}

export async function changeLanguage(language: InterfaceLanguage): Promise<void> {
  localStorage.setItem(storageKey, language);
  await i18next.changeLanguage(language);
}
