import type { DeskView } from "@centrala/contract";
import { useEffect, useRef } from "react";
import { useLive } from "../live/store.ts";
import {
  currentHeadset,
  isEchoing,
  microphonePermission,
  onEchoing,
  restartHeadset,
  startHeadset,
  stopHeadset,
  useHeadset,
  watchTakeOver,
} from "./headset.ts";

const serverForgetsMs = 4_000;

/** Keeps the headset as the operator's state wants it: on duty it stands, off duty the microphone is let go, and it is open only while talking. */
export function useHeadsetDuty(view: DeskView | null): void {
  const headset = useHeadset();
  const wanted = view !== null && view.state !== "offline" && view.device === "headset";
  const known = view !== null;
  const hasCall = useRef(false);
  useEffect(() => {
    hasCall.current = isOnTheLine(view);
  });
  useEffect(watchTakeOver, []);
  useEffect(() => () => stopHeadset(), []);
  const wasWanted = useRef(false);
  useEffect(() => {
    if (!known) return;
    const ended = wasWanted.current && !wanted;
    wasWanted.current = wanted;
    if (!wanted) {
      // Started by the button that goes on duty, it stays while the server has not said so yet; one that was connected to
      // be tried, before the first view came, stays as well.
      if (ended && currentHeadset() && !goingOnDuty) stopHeadset();
      return;
    }
    // After a reload nobody is asked again; without permission the desk shows why it needs one. In the middle of a call it
    // asks at once: a browser that was not told to remember would cost the conversation.
    void microphonePermission().then((permission) => {
      if (permission !== "prompt" || hasCall.current) void startHeadset();
    });
  }, [known, wanted]);
  useReattach(wanted && headset.kind === "ready" && view?.headset === "none");
  useTalking(view, headset.kind === "ready");
}

let goingOnDuty = false;
/** Starts the headset before the state changes, so that the first call can ring at once. */
export async function startForDuty(): Promise<boolean> {
  goingOnDuty = true;
  const started = await startHeadset();
  // The view that says "on duty" takes a moment; then the ordinary rule holds again.
  setTimeout(() => {
    goingOnDuty = false;
  }, serverForgetsMs);
  return started;
}

/** A server that has restarted knows no leg of ours though the browser still believes in it. */
function useReattach(forgotten: boolean): void {
  const online = useLive((live) => live.status === "open");
  useEffect(() => {
    if (!forgotten || !online) return;
    const timer = setTimeout(() => void restartHeadset(), serverForgetsMs);
    return () => clearTimeout(timer);
  }, [forgotten, online]);
}

/** The microphone is open only while somebody should hear it. */
function useTalking(view: DeskView | null, ready: boolean): void {
  const talking = mayBeHeard(view);
  const muted = view?.contact?.muted ?? false;
  useEffect(() => {
    const apply = () => {
      if (!ready) return;
      currentHeadset()?.setTalking(talking || isEchoing());
      currentHeadset()?.setMuted(muted && !isEchoing());
    };
    apply();
    return onEchoing(apply);
  }, [talking, muted, ready]);
}

/** Somebody talks to the operator, or is being called. */
export function isOnTheLine(view: DeskView | null): boolean {
  return view?.contact != null && view.contact.phase !== "wrap-up";
}

/** Talking, and not held; during a consultation the customer is held and the colleague hears. */
export function mayBeHeard(view: DeskView | null): boolean {
  const contact = view?.contact;
  if (!contact || contact.phase !== "talking") return false;
  return !contact.held || contact.consult !== null;
}
