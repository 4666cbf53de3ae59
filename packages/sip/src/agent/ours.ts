import type { Instant } from "@centrala/kit";
import { answerChallenge, type Credentials, isStaleChallenge } from "../auth/index.ts";
import { createInDialogRequest, type Dialog } from "../dialog/index.ts";
import { type Headers, parseAuthParams, parseCSeq, type SipRequest, type SipResponse } from "../message/index.ts";
import type { Peer } from "../transaction/index.ts";
import type { AgentTransaction, Call, OurRequest, Owner } from "./call.ts";
import type { AgentCore, HeaderLines } from "./core.ts";

/** Methods that carry a Contact because they refresh the far end's target. */
const refreshing: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "NOTIFY"]);

export interface InDialogOptions {
  readonly headers?: HeaderLines;
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

/** A request inside the call's dialog, complete but for what the layer does. */
export function inDialogRequest(
  core: AgentCore,
  call: Call,
  dialog: Dialog,
  method: string,
  options: InDialogOptions = {},
): SipRequest {
  const request = createInDialogRequest(dialog, method);
  const { headers } = request;
  headers.prepend("via", core.newVia(core.hopOf(call, dialog)));
  if (refreshing.has(method)) headers.append("contact", call.contact);
  headers.append("user-agent", core.options.userAgent);
  for (const [name, value] of options.headers ?? []) headers.append(name, value);
  if (options.body !== undefined && options.body.length > 0) {
    headers.append("content-type", options.contentType ?? "application/sdp");
    request.body = options.body;
  }
  return request;
}

/** Starts the transaction of a request inside a dialog. Undefined when the layer is full. */
export function sendInDialog(
  core: AgentCore,
  now: Instant,
  call: Call,
  dialog: Dialog,
  request: SipRequest,
  owner: (ours: OurRequest) => Owner,
): AgentTransaction | undefined {
  return core.layer.start(now, request, core.hopOf(call, dialog), owner({ request, attempt: 1 }), call.id);
}

/**
 * The same request again with credentials, a new branch and the next CSeq (RFC 3261 22.2); undefined when the challenge
 * can't be answered, or was answered before and the password is wrong.
 */
export function withCredentials(
  core: AgentCore,
  ours: OurRequest,
  response: SipResponse,
  credentials: Credentials | undefined,
  peer: Peer,
): OurRequest | undefined {
  if ((response.status !== 401 && response.status !== 407) || credentials === undefined) return undefined;
  // A second challenge means a wrong password, unless it comes from the proxy behind the registrar, says stale, or has
  // another nonce than the one that was answered: some carriers forget to say stale. The third one is believed.
  const header = answerChallenge(response, ours.request, credentials, core.entropy);
  if (header === undefined || ours.attempt >= 3) return undefined;
  const answered = ours.request.headers.get(header[0]);
  if (answered !== undefined && nonceOf(answered) === nonceOf(header[1]) && !isStaleChallenge(response))
    return undefined;
  const headers = nextHeaders(ours.request);
  headers.deleteFirst("via");
  headers.prepend("via", core.newVia(peer));
  headers.set(header[0], header[1]);
  return { request: { ...ours.request, headers }, attempt: ours.attempt + 1 };
}

function nonceOf(credentials: string): string | undefined {
  return parseAuthParams(credentials)?.params.get("nonce");
}

function nextHeaders(request: SipRequest): Headers {
  const headers = request.headers.clone();
  const cseq = parseCSeq(headers.get("cseq") ?? "");
  headers.set("cseq", `${(cseq?.seq ?? 1) + 1} ${request.method}`);
  return headers;
}

/** Sends an in-dialog request again with credentials; false when that is not possible and the response stands. */
export function retryInDialog(
  core: AgentCore,
  now: Instant,
  call: Call,
  ours: OurRequest,
  response: SipResponse,
  owner: (ours: OurRequest) => Owner,
): boolean {
  const { dialog } = call;
  if (dialog === undefined) return false;
  const peer = core.hopOf(call, dialog);
  const again = withCredentials(core, ours, response, call.credentials, peer);
  if (again === undefined) return false;
  dialog.localSeq = Math.max(dialog.localSeq, parseCSeq(again.request.headers.get("cseq") ?? "")?.seq ?? 0);
  return core.layer.start(now, again.request, peer, owner(again), call.id) !== undefined;
}
