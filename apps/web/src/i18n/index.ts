import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Texts } from "./areas.ts";

export const languages = ["en", "ru", "bg"] as const;
export type InterfaceLanguage = (typeof languages)[number];
export const languageNames: Record<InterfaceLanguage, string> = { en: "English", ru: "Русский", bg: "Български" };

const areas = ["common", "customers", "desk", "errors", "floor", "guide", "history", "said", "studio"];
const storageKey = "centrala.language";
const dictionaries: Record<InterfaceLanguage, () => Promise<{ readonly texts: Texts }>> = {
  en: () => import("./texts.en.ts"),
  ru: () => import("./texts.ru.ts"),
  bg: () => import("./texts.bg.ts"),
};

/** Brings the texts of a language when it is first shown; the language changes only when they are there. */
const backend = {
  type: "backend" as const,
  init: () => {},
  read: async (language: string, area: string) => {
    const { texts } = await dictionaries[language as InterfaceLanguage]();
    return texts[area] ?? {};
  },
};

/** The language chosen on this computer, else the browser's first that we have, else English. */
export function firstLanguage(stored: string | null, preferred: readonly string[]): InterfaceLanguage {
  const candidates = [stored ?? "", ...preferred.map((tag) => tag.slice(0, 2).toLowerCase())];
  const found = candidates.find((tag) => languages.some((language) => language === tag));
  return (found as InterfaceLanguage | undefined) ?? "en";
}

/** Ready once the texts of the first language are there. */
export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next
    .use(initReactI18next)
    .use(backend)
    .init({
      ns: areas,
      lng: firstLanguage(localStorage.getItem(storageKey), navigator.languages),
      supportedLngs: languages,
      fallbackLng: false,
      defaultNS: "common",
      interpolation: { escapeValue: false },
      returnNull: false,
      react: { useSuspense: false },
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
