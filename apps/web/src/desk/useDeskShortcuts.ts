import { mayTransfer } from "./CallActions.tsx";
import { useDeskCommands } from "./commands.ts";
import { type Desk, type Scene, sceneOf, useDesk } from "./DeskContext.tsx";
import { type KeyHandlers, useDeskKeys } from "./keys.ts";

type DeskCommands = ReturnType<typeof useDeskCommands>;

/** Every key does what its button does, in the scene at hand; the other keys stay the browser's. */
export function useDeskShortcuts(): void {
  const desk = useDesk();
  const commands = useDeskCommands();
  useDeskKeys({ ...always(desk), ...keysOf(sceneOf(desk.view), desk, commands), ...forWork(desk, commands) });
}

function always(desk: Desk): KeyHandlers {
  const field = () => focus(desk, "calls", "desk-dial");
  return { dial: field, find: field, help: () => desk.openDialog("keys") };
}

/** Result, note and card: while there is a contact, also during its wrap-up. */
function forWork(desk: Desk, commands: DeskCommands): KeyHandlers {
  const { contact, offer } = desk.view;
  const customer = () => focus(desk, "customer", "desk-edit-card", "desk-new-card");
  if (!contact) return offer ? { customer } : {};
  return {
    note: () => focus(desk, "work", "desk-note"),
    result: () => focusFirst(desk, "desk-results"),
    customer,
    digit: (digit) => {
      const disposition = contact.dispositions[digit - 1];
      if (disposition) void commands.result(contact.id, disposition.id);
    },
  };
}

function keysOf(scene: Scene, desk: Desk, commands: DeskCommands): KeyHandlers {
  switch (scene.kind) {
    case "offer":
      return {
        answer: () => void commands.accept(scene.offerId),
        decline: () => void commands.decline(scene.offerId),
      };
    case "idle":
      return desk.view.state === "available" ? { break: desk.goOnBreak } : { wrapUp: () => void desk.goAvailable() };
    case "wrap-up":
      return { wrapUp: () => void commands.finish(scene.contact.id), break: desk.goOnBreak };
    case "dialling":
      return { end: () => void commands.end(scene.contact.id), break: desk.goOnBreak };
    case "talking":
      return talkingKeys(scene, desk, commands);
  }
}

function talkingKeys(
  { contact }: Extract<Scene, { contact: unknown }>,
  desk: Desk,
  commands: DeskCommands,
): KeyHandlers {
  const shared: KeyHandlers = {
    end: () => void commands.end(contact.id),
    mute: () => void commands.mute(contact.id, !contact.muted),
    // It begins when this call is done.
    break: desk.goOnBreak,
    ...(contact.recording === "off"
      ? {}
      : { pause: () => void commands.pause(contact.id, contact.recording !== "paused") }),
  };
  if (contact.consult?.asked) {
    const { end, mute } = shared;
    return { ...(end ? { end } : {}), ...(mute ? { mute } : {}) };
  }
  if (contact.consult) {
    return {
      ...shared,
      transfer: () => void commands.endConsult(contact.id, "transfer"),
      consult: () => void commands.endConsult(contact.id, "return"),
      join: () => void commands.endConsult(contact.id, "conference"),
    };
  }
  return {
    ...shared,
    hold: () => void commands.hold(contact.id, !contact.held),
    ...(mayTransfer(contact)
      ? { transfer: () => desk.openPanel("transfer"), consult: () => desk.openPanel("consult") }
      : {}),
    keypad: () => desk.openPanel("keypad"),
  };
}

/** Shows the place (on a telephone), then puts the focus on the first of the elements that is there. */
function focus(desk: Desk, place: Desk["place"], ...ids: string[]): void {
  desk.show(place);
  // At once where the place is shown already, so that no letter typed after the key is lost.
  focusSoon(ids, framesMax);
}

/** What the key leads to may still be loading: half a second of patience. */
const framesMax = 30;

function focusSoon(ids: readonly string[], frames: number): void {
  if (focusOne(ids) || frames === 0) return;
  requestAnimationFrame(() => focusSoon(ids, frames - 1));
}

function focusOne(ids: readonly string[]): boolean {
  const target = ids.map((id) => document.getElementById(id)).find((element) => element !== null);
  if (!target || target.getClientRects().length === 0) return false;
  target.focus();
  if (target instanceof HTMLButtonElement) target.click();
  return true;
}

function focusFirst(desk: Desk, id: string): void {
  desk.show("work");
  requestAnimationFrame(() => {
    const group = document.getElementById(id);
    (
      group?.querySelector<HTMLElement>('[aria-checked="true"]') ?? group?.querySelector<HTMLElement>("button")
    )?.focus();
  });
}
