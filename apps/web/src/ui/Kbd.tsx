import css from "./ui.module.css";

const isApple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** A key as it is shown on a control: `Kbd("Alt+H")` reads ⌥H on a Mac and Alt H elsewhere. Hidden from screen readers, which have aria-keyshortcuts. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <kbd className={css["kbd"]} aria-hidden="true">
      {keyLabel(keys)}
    </kbd>
  );
}

export function keyLabel(keys: string): string {
  return isApple ? keys.replace("Alt+", "⌥") : keys;
}
