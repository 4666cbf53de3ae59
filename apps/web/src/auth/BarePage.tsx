import type { ReactNode } from "react";
import { ownUrl } from "../api/base.ts";
import { LanguageSwitch, ThemeSwitch } from "../ui/Switches.tsx";
import css from "./auth.module.css";

/** A page before anybody is signed in: one card, the mark, and the switches. `wide` for guides with steps. */
export function BarePage({ title, wide, children }: { title: ReactNode; wide?: boolean; children: ReactNode }) {
  return (
    <div className={css["page"]}>
      <header className={css["top"]}>
        <img src={ownUrl("/icon.svg")} alt="" width={28} height={28} />
        <b>Centrala</b>
        <span style={{ flex: 1 }} />
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      <main className={css["card"]} data-wide={wide || undefined}>
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}
