import type { DeskView } from "@centrala/contract";
import { useSyncExternalStore } from "react";
import { createHeadset, type Headset } from "../headset/index.ts";
import { onLiveMessage, sendLive } from "../live/store.ts";

/**
 * The browser headset of this tab. "taken" means that another tab has it; "failed" carries a code of `desk:headset.code`.
 * The microphone is captured first, then sound may ring.
 */
export type HeadsetState =
  | { readonly kind: "off" }
  | { readonly kind: "starting" }
  | { readonly kind: "ready" }
  | { readonly kind: "taken" }
  | { readonly kind: "failed"; readonly code: string };

const answerMsMax = 10_000;
const off: HeadsetState = { kind: "off" };
let state: HeadsetState = off;
let headset: Headset | null = null;
let generation = 0;
/** The start that is under way. */
let starting: Promise<boolean> | null = null;
let level = Number.NEGATIVE_INFINITY;
const listeners = new Set<() => void>();
const levelListeners = new Set<() => void>();

function setState(next: HeadsetState): void {
  state = next;
  for (const listener of [...listeners]) listener();
}

/**
 * Captures the microphone and connects the standing leg. Resolves true when it is ready; the state says why it is not. Asked
 * again while it starts, it gives the same answer: a second click on a slow computer is no failure.
 */
export async function startHeadset(): Promise<boolean> {
  if (state.kind === "ready") return true;
  if (state.kind === "starting") return starting ?? false;
  const own = ++generation;
  const started = start(own);
  starting = started;
  return started.finally(() => {
    if (starting === started) starting = null;
  });
}

async function start(own: number): Promise<boolean> {
  setState({ kind: "starting" });
  const created = createHeadset({
    exchange,
    onState: (event) => {
      if (own !== generation) return;
      if (event.kind === "failed") setState({ kind: "failed", code: event.code });
      else if (event.kind === "ready") setState({ kind: "ready" });
      else setState({ kind: "starting" });
    },
    onLevel: (dbfs) => {
      if (own !== generation) return;
      level = dbfs;
      for (const listener of [...levelListeners]) listener();
    },
  });
  headset = created;
  const result = await created.start();
  if (own !== generation) return false;
  setState(result.ok ? { kind: "ready" } : { kind: "failed", code: result.code });
  return result.ok;
}

/** Lets go of the microphone and the leg. Idempotent. */
export function stopHeadset(next: HeadsetState = off): void {
  generation += 1;
  if (headset && next.kind === "off") sendLive({ kind: "headsetClose" });
  headset?.close();
  headset = null;
  level = Number.NEGATIVE_INFINITY;
  for (const listener of [...levelListeners]) listener();
  setState(next);
}

/** Connects anew, for example after the server has restarted and knows no leg of ours. */
export function restartHeadset(): Promise<boolean> {
  stopHeadset();
  return startHeadset();
}

export function currentHeadset(): Headset | null {
  return headset;
}

export function useHeadset(): HeadsetState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** What keeps calls from ringing here although the operator is on duty, or null. */
export function useHeadsetTrouble(view: Pick<DeskView, "device" | "state">): "missing" | "taken" | null {
  const { kind } = useHeadset();
  if (view.device !== "headset" || view.state === "offline" || kind === "ready" || kind === "starting") return null;
  return kind === "taken" ? "taken" : "missing";
}

/** The microphone's level in dBFS. */
export function useMicrophoneLevel(): number {
  return useSyncExternalStore(
    (listener) => {
      levelListeners.add(listener);
      return () => levelListeners.delete(listener);
    },
    () => level,
  );
}

/** Whether the browser will ask for the microphone: then the reason is explained before it does. */
export async function microphonePermission(): Promise<"granted" | "denied" | "prompt"> {
  try {
    const status = await navigator.permissions.query({ name: "microphone" as PermissionName });
    return status.state;
  } catch {
    // Firefox before 133 does not know the name: explaining once too often does no harm.
    return "prompt";
  }
}

function exchange(sdp: string): Promise<string> {
  const requestId = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const stop = onLiveMessage((message) => {
      if (message.kind !== "headsetAnswer" && message.kind !== "headsetFailed") return;
      if (message.requestId !== requestId) return;
      finish();
      if (message.kind === "headsetAnswer") resolve(message.sdp);
      else reject(new Error(message.code));
    });
    const timer = setTimeout(() => {
      finish();
      reject(new Error("OFFLINE"));
    }, answerMsMax);
    const finish = () => {
      clearTimeout(timer);
      stop();
    };
    if (!sendLive({ kind: "headsetDescription", requestId, sdp })) {
      finish();
      reject(new Error("OFFLINE"));
    }
  });
}

/** Gives the headset up when another tab has taken it. Returns the way to stop listening. */
export function watchTakeOver(): () => void {
  return onLiveMessage((message) => {
    if (message.kind === "headsetTaken" && state.kind !== "off") stopHeadset({ kind: "taken" });
  });
}

let echoing = false;
const echoListeners = new Set<() => void>();

/** Opens the microphone for an echo test, and closes it after it. */
export function setEchoing(on: boolean): void {
  echoing = on;
  headset?.setTalking(on);
  for (const listener of [...echoListeners]) listener();
}
export function isEchoing(): boolean {
  return echoing;
}
export function onEchoing(listener: () => void): () => void {
  echoListeners.add(listener);
  return () => echoListeners.delete(listener);
}
