import type { ReactNode } from "react";
import { ownUrl } from "../api/base.ts";
import { LanguageSwitch, ThemeSwitch } from "../ui/Switches.tsx";
import css from "./auth.module.css";

type Props = { title: ReactNode; wide?: boolean; above?: ReactNode; children: ReactNode };
/** A page before anybody is signed in: one card, the mark, and the switches. `wide` for guides with steps, whose bar stands above. */
export function BarePage({ title, wide, above, children }: Props) {
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
        {above}
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}
