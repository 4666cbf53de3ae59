import type { ReactNode } from "react";
import css from "./ui.module.css";

export function PageHeader({ title, text, actions }: { title: ReactNode; text?: ReactNode; actions?: ReactNode }) {
  return (
    <header className={css["pageHeader"]}>
      <div className={css["pageHeaderText"]}>
        <h1>{title}</h1>
        {text ? <p className="muted">{text}</p> : null}
      </div>
      {actions ? <div className={css["pageHeaderActions"]}>{actions}</div> : null}
    </header>
  );
}

/** The small heading of a part of a page, with a figure or an action at its end. */
export function SectionTitle({ children, end }: { children: ReactNode; end?: ReactNode }) {
  return (
    <h2 className={css["section"]}>
      <span>{children}</span>
      {end ? <span>{end}</span> : null}
    </h2>
  );
}
