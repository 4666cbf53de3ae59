import css from "./ui.module.css";

const isApple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** A key as it is shown on a control: `Kbd("Alt+H")` reads ⌥H on a Mac and Alt H elsewhere. Hidden from screen readers, which have aria-keyshortcuts. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <kbd className={css["kbd"]} aria-hidden="true">
      <span className={css["kbdAlt"]}>{altLabel(keys)}</span>
      {keys.replace("Alt+", "")}
    </kbd>
  );
}

/** How the key stands that is pressed together with others: said once before a group of buttons that show their letters only. */
export const altKey = isApple ? "⌥" : "Alt";

function altLabel(keys: string): string {
  if (!keys.startsWith("Alt+")) return "";
  return isApple ? altKey : "Alt+";
}
