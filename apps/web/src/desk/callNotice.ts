import { useEffect, useSyncExternalStore } from "react";
import { ownUrl } from "../api/base.ts";

/** How this computer stands to notices of the system: some browsers and all insecure pages have none. */
export type NoticePermission = NotificationPermission | "absent";

const key = "centrala.notices";
const listeners = new Set<() => void>();

export function noticePermission(): NoticePermission {
  return typeof Notification === "undefined" || !globalThis.isSecureContext ? "absent" : Notification.permission;
}

/** Whether calls are announced by the system while this tab is not seen; kept on this computer. */
export function noticesWanted(): boolean {
  return noticePermission() === "granted" && localStorage.getItem(key) !== "off";
}

/** Turns notices on or off; turning them on asks the browser where it has not been asked. */
export async function wantNotices(on: boolean): Promise<void> {
  if (on && noticePermission() === "default") await Notification.requestPermission().catch(() => "default");
  if (on) localStorage.removeItem(key);
  else localStorage.setItem(key, "off");
  for (const listener of [...listeners]) listener();
}

export function useNoticesWanted(): boolean {
  return useSyncExternalStore(subscribe, noticesWanted);
}
export function useNoticePermission(): NoticePermission {
  return useSyncExternalStore(subscribe, noticePermission);
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows a notice of the system, which brings this tab to the front when it is clicked. Gives the way to take it back. */
export function showNotice(title: string, body: string): () => void {
  try {
    const notice = new Notification(title, {
      body,
      tag: "centrala-call",
      requireInteraction: true,
      icon: ownUrl("/icon.svg"),
    });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
    return () => notice.close();
  } catch {
    // Chrome on Android shows notices from service workers only; the tab still rings.
    return () => undefined;
  }
}

/** While a call rings and this tab is not seen, the system says so; the notice goes with the ringing or when the tab comes to the front. */
export function useCallNotice(call: { readonly title: string; readonly body: string } | null): void {
  const title = call?.title ?? null;
  const body = call?.body ?? "";
  useEffect(() => {
    if (title === null) return;
    let close: (() => void) | null = null;
    const look = () => {
      const unseen = document.visibilityState === "hidden" || !document.hasFocus();
      if (unseen && close === null && noticesWanted()) close = showNotice(title, body);
      if (unseen || close === null) return;
      close();
      close = null;
    };
    look();
    const events = ["focus", "blur"] as const;
    for (const event of events) window.addEventListener(event, look);
    document.addEventListener("visibilitychange", look);
    return () => {
      for (const event of events) window.removeEventListener(event, look);
      document.removeEventListener("visibilitychange", look);
      close?.();
    };
  }, [title, body]);
}
