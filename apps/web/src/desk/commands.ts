import type { DeskTarget } from "@centrala/contract";
import { notifications } from "@mantine/notifications";
import { createContext, useCallback, useContext, useMemo, useRef, useState } from "react";
import { command } from "../live/store.ts";
import { useErrorText } from "../ui/ErrorNote.tsx";

/** Runs commands one at a time by name: a second click while one is under way does nothing, and errors are told in words. */
export type Commands = {
  readonly run: (name: string, command: () => Promise<unknown>) => Promise<boolean>;
  readonly pending: (name: string) => boolean;
};

export const CommandsContext = createContext<Commands | null>(null);

export function useCommands(): Commands {
  const commands = useContext(CommandsContext);
  if (!commands) throw new Error("useCommands outside the desk");
  return commands;
}

export function useCommandRunner(): Commands {
  const [names, setNames] = useState<readonly string[]>([]);
  const running = useRef(new Set<string>());
  const text = useErrorText();
  const latestText = useRef(text);
  latestText.current = text;
  const run = useCallback(async (name: string, command: () => Promise<unknown>) => {
    if (running.current.has(name)) return false;
    running.current.add(name);
    setNames([...running.current]);
    try {
      await command();
      return true;
    } catch (error) {
      notifications.show({ id: `desk-${name}`, color: "trouble", message: latestText.current(error) });
      return false;
    } finally {
      running.current.delete(name);
      setNames([...running.current]);
    }
  }, []);
  return useMemo(() => ({ run, pending: (name) => names.includes(name) }), [run, names]);
}

const keysAtOnceMax = 32;

/**
 * Keys may be pressed faster than the answers come: what is pressed meanwhile waits and goes together, so that none overtakes
 * another. When a batch is refused the rest is dropped with it.
 */
export function keysInOrder(
  send: (id: string, keys: string) => Promise<boolean>,
): (id: string, keys: string) => Promise<void> {
  let waiting = "";
  let sending = false;
  return async (id, keys) => {
    waiting = (waiting + keys).slice(0, keysAtOnceMax);
    if (sending) return;
    sending = true;
    while (waiting !== "") {
      const batch = waiting;
      waiting = "";
      if (!(await send(id, batch))) waiting = "";
    }
    sending = false;
  };
}

/** The desk's commands; each names itself, so that a button can show that it is under way. */
export function useDeskCommands() {
  const { run } = useCommands();
  return useMemo(() => {
    const on = (id: string) => ({ params: { id } });
    return {
      accept: (id: string) => run("answer", () => command("acceptOffer", on(id))),
      decline: (id: string) => run("decline", () => command("declineOffer", on(id))),
      end: (id: string) => run("end", () => command("hangUp", on(id))),
      hold: (id: string, hold: boolean) => run("hold", () => command("hold", { ...on(id), body: { on: hold } })),
      mute: (id: string, mute: boolean) => run("mute", () => command("mute", { ...on(id), body: { on: mute } })),
      drop: (id: string, legId: string) => run("drop", () => command("dropParty", { ...on(id), body: { legId } })),
      pause: (id: string, paused: boolean) =>
        run("pause", () => command("pauseRecording", { ...on(id), body: { paused } })),
      keys: keysInOrder((id, keys) => run("keys", () => command("sendKeys", { ...on(id), body: { keys } }))),
      transfer: (id: string, target: DeskTarget) =>
        run("transfer", () => command("transfer", { ...on(id), body: { target } })),
      consult: (id: string, target: DeskTarget) =>
        run("consult", () => command("consult", { ...on(id), body: { target } })),
      endConsult: (id: string, as: "transfer" | "return" | "conference") =>
        run(`consult-${as}`, () => command("endConsult", { ...on(id), body: { as } })),
      result: (id: string, dispositionId: string) =>
        run("result", () => command("disposition", { ...on(id), body: { dispositionId } })),
      finish: (id: string) => run("finish", () => command("finishWrapUp", on(id))),
      link: (id: string, customerId: string | null) =>
        run("link", () => command("linkCustomer", { ...on(id), body: { customerId } })),
      state: (to: "available" | "break" | "offline", reasonId: string | null = null) =>
        run("state", () => command("deskState", { body: { to, reasonId } })),
      device: (device: "headset" | "phone") => run("device", () => command("deskDevice", { body: { device } })),
      dial: (
        target: DeskTarget,
        more: { clientId?: string | null; customerId?: string | null; missedContactId?: string | null } = {},
      ) => run("dial", () => command("dial", { body: { target, ...more } })),
      echo: () => run("echo", () => command("echoTest", {})),
      testCall: (language: "en" | "ru" | "bg") => run("testCall", () => command("testCall", { body: { language } })),
    };
  }, [run]);
}
