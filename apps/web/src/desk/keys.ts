import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";

/** Everything on the desk that has a key. Order is the order in the key help. */
export const deskActions = [
  "answer",
  "decline",
  "end",
  "hold",
  "mute",
  "transfer",
  "consult",
  "join",
  "keypad",
  "pause",
  "result",
  "note",
  "customer",
  "wrapUp",
  "break",
  "dial",
  "find",
  "help",
] as const;
export type DeskAction = (typeof deskActions)[number];
export type KeyMap = Readonly<Record<DeskAction, string>>;

/** Physical keys (`KeyboardEvent.code`) pressed together with Alt, so that they are the same on a Cyrillic layout and while typing. */
export const defaultKeys: KeyMap = {
  answer: "KeyA",
  decline: "KeyX",
  end: "KeyE",
  hold: "KeyH",
  mute: "KeyM",
  transfer: "KeyT",
  consult: "KeyC",
  join: "KeyJ",
  keypad: "KeyK",
  pause: "KeyP",
  result: "KeyR",
  note: "KeyN",
  customer: "KeyU",
  wrapUp: "KeyW",
  break: "KeyB",
  dial: "KeyD",
  find: "KeyF",
  help: "Slash",
};
const storageKey = "centrala.keys";
const allowedCode = /^(Key[A-Z]|Slash|Period|Comma|Semicolon|Quote|BracketLeft|BracketRight|Backquote|Minus|Equal)$/;

/** Keys as stored, with the default wherever the stored one is unusable or taken twice. */
export function readKeys(stored: string | null): KeyMap {
  const own = parse(stored);
  const keys: Record<DeskAction, string> = { ...defaultKeys };
  for (const action of deskActions) {
    const code = own[action];
    if (typeof code === "string" && allowedCode.test(code)) keys[action] = code;
  }
  return new Set(Object.values(keys)).size === deskActions.length ? keys : defaultKeys;
}

function parse(stored: string | null): Partial<Record<DeskAction, unknown>> {
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

let current: KeyMap | null = null;
const listeners = new Set<() => void>();
function keysNow(): KeyMap {
  current ??= readKeys(localStorage.getItem(storageKey));
  return current;
}

/** Gives an action another key; the action that had it gets the old one, so that no key is taken twice. False when the key can't be used. */
export function changeKey(action: DeskAction, code: string): boolean {
  if (!allowedCode.test(code)) return false;
  current = swapKey(keysNow(), action, code);
  localStorage.setItem(storageKey, JSON.stringify(current));
  for (const listener of [...listeners]) listener();
  return true;
}

export function swapKey(keys: KeyMap, action: DeskAction, code: string): KeyMap {
  const holder = deskActions.find((each) => keys[each] === code);
  return { ...keys, ...(holder ? { [holder]: keys[action] } : {}), [action]: code };
}

export function resetKeys(): void {
  localStorage.removeItem(storageKey);
  current = null;
  for (const listener of [...listeners]) listener();
}

export function useKeyMap(): KeyMap {
  return useSyncExternalStore(subscribe, keysNow);
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const signs: Record<string, string> = {
  Slash: "/",
  Period: ".",
  Comma: ",",
  Semicolon: ";",
  Quote: "'",
  BracketLeft: "[",
  BracketRight: "]",
  Backquote: "`",
  Minus: "-",
  Equal: "=",
};

/** "Alt+H", as shown and as given to aria-keyshortcuts. */
export function keyName(code: string): string {
  return `Alt+${signs[code] ?? code.replace(/^(Key|Digit)/, "")}`;
}

/** AltGr, which types letters on many layouts, comes as Ctrl and Alt (Windows) or without Alt (Linux), so it never counts. */
type KeyPress = Pick<KeyboardEvent, "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "code" | "repeat">;

/** What a key press means on the desk: an action, a digit 1 to 9 with Alt, or nothing. A held-down key acts once. */
export function actionOf(press: KeyPress, keys: KeyMap): DeskAction | number | null {
  if (!press.altKey || press.ctrlKey || press.metaKey || press.shiftKey || press.repeat) return null;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(press.code)?.[1];
  if (digit) return Number(digit);
  return deskActions.find((action) => keys[action] === press.code) ?? null;
}

export type KeyHandlers = Partial<Record<DeskAction, () => void>> & { digit?: (digit: number) => void };

/** Listens on the whole page, also while something is being typed. An action without a handler leaves the key to the browser. */
export function useDeskKeys(handlers: KeyHandlers): void {
  const keys = useKeyMap();
  const latest = useRef(handlers);
  // Before the page is painted: whoever sees a button may press its key at once.
  useLayoutEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const action = actionOf(event, keys);
      if (action === null) return;
      const digit = latest.current.digit;
      const handler = typeof action === "number" ? digit && (() => digit(action)) : latest.current[action];
      if (!handler) return;
      event.preventDefault();
      handler();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [keys]);
}
