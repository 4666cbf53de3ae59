import { fail, ok, type Result } from "@centrala/kit";
import { type Dialog, dialogFromJson, dialogToJson } from "../dialog/index.ts";
import { emptyBody } from "../message/index.ts";
import type { Peer } from "../transaction/index.ts";
import type { Call } from "./call.ts";
import type { CallId } from "./events.ts";

/** How far CSeq jumps: the far end may have seen requests that were sent after the dialog was stored. */
const seqGap = 1_000;

/** An answered call as text, undefined when it was not answered yet: then there is nothing to end by BYE. */
export function storedCall(call: Call): string | undefined {
  if (call.dialog === undefined || !call.answered) return undefined;
  return JSON.stringify({ dialog: dialogToJson(call.dialog), peer: call.peer, contact: call.contact });
}

/** A call of an earlier run, good for being ended. Its connection is gone, so its peer is reached where it listens. */
export function restoreCall(
  id: CallId,
  text: string,
): Result<{ readonly call: Call; readonly dialog: Dialog }, "DIALOG_MALFORMED"> {
  const stored = readStored(text);
  if (stored === undefined) return fail("DIALOG_MALFORMED", "the stored call is not what was written");
  const dialog = dialogFromJson(stored.dialog);
  if (!dialog.ok) return dialog;
  dialog.value.localSeq += seqGap;
  return ok({ call: endingCall(id, dialog.value, stored.peer, stored.contact), dialog: dialog.value });
}

function readStored(text: string): { dialog: string; peer: Peer; contact: string } | undefined {
  try {
    const value = JSON.parse(text) as { dialog?: unknown; peer?: Partial<Peer>; contact?: unknown };
    const { dialog, peer, contact } = value;
    if (typeof dialog !== "string" || typeof contact !== "string") return undefined;
    if (typeof peer?.address !== "string" || typeof peer.port !== "number" || peer.transport === undefined) {
      return undefined;
    }
    const { transport, address, port, connectionId, elsewhere } = peer;
    const isPlace = typeof elsewhere?.address === "string" && typeof elsewhere.port === "number";
    const gone = typeof connectionId === "string" && isPlace ? { connectionId, elsewhere } : {};
    return { dialog, contact, peer: { transport, address, port, ...gone } };
  } catch {
    return undefined;
  }
}

function endingCall(id: CallId, dialog: Dialog, peer: Peer, contact: string): Call {
  return {
    id,
    principal: "",
    peer,
    localTag: dialog.localTag,
    contact,
    credentials: undefined,
    state: { kind: "ending", byeAfterAck: undefined },
    dialog,
    dialogKeys: new Set(),
    pending: undefined,
    glared: undefined,
    unacknowledged: undefined,
    localBody: emptyBody,
    session: undefined,
    setupEndsAt: Number.POSITIVE_INFINITY,
    referSeq: undefined,
    answered: true,
    deadline: Number.POSITIVE_INFINITY,
    heapIndex: -1,
  };
}
