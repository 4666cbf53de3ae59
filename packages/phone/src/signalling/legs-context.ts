import type { Codec, LegId } from "@centrala/contract";
import type { Entropy, Instant } from "@centrala/kit";
import type { CallId, Peer, SipAgent } from "@centrala/sip";
import { AudioSession } from "./audio-session.ts";
import type { OwnAddresses } from "./own-addresses.ts";
import type { Refused } from "./refusals.ts";
import type { Traces } from "./trace.ts";
import type { Trunks } from "./trunks.ts";
import type { SignallingEvent, SignallingOptions } from "./types.ts";

/** What both kinds of legs share. */
export interface LegsContext {
  readonly agent: SipAgent;
  readonly trunks: Trunks;
  readonly addresses: OwnAddresses;
  readonly traces: Traces;
  readonly entropy: Entropy;
  readonly deviceCodecs: readonly Codec[];
  readonly attemptMs: number;
  readonly newLegId: () => LegId;
  readonly mayRedirect: (legId: LegId, number: string) => boolean;
  readonly log: SignallingOptions["log"];
  readonly emit: (event: SignallingEvent) => void;
  /** A call was refused after it was let in. */
  readonly refused: (refusal: Refused) => void;
}

/** The sound of a new leg toward a peer. @param port of ours, where it is known already */
export function newAudio(context: LegsContext, peer: Peer, codecs: readonly Codec[], port?: number): AudioSession {
  const audio = new AudioSession({
    address: context.addresses.toward(peer).host,
    addressToward: (address) => context.addresses.toward({ ...peer, address }).host,
    signallingAddress: peer.address,
    codecs,
    sessionId: newSessionId(context),
  });
  if (port !== undefined) audio.port = port;
  return audio;
}

/** Digits for the o= line: 48 random bits. */
function newSessionId(context: LegsContext): string {
  const bytes = new Uint8Array(6);
  context.entropy.fill(bytes);
  const view = new DataView(bytes.buffer);
  return String(view.getUint16(0) * 2 ** 32 + view.getUint32(2));
}

/** Answers a new offer of a standing leg: hold, resume, move. What is not common is refused and nothing changes. */
export function answerReofferWith(
  context: LegsContext,
  now: Instant,
  leg: { readonly legId: LegId; readonly audio: AudioSession },
  offer: Uint8Array,
  call: CallId,
): void {
  if (offer.length === 0) {
    context.agent.answerReoffer(now, call, leg.audio.offer());
    return;
  }
  const answered = leg.audio.answer(offer);
  if (answered === undefined) {
    context.agent.rejectReoffer(now, call, 488);
    return;
  }
  context.agent.answerReoffer(now, call, answered.body);
  context.emit({ kind: "remoteAudio", legId: leg.legId, remote: answered.remote });
}
