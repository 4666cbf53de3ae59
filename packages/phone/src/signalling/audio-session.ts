import { isIPv6 } from "node:net";
import type { Codec, RemoteAudio } from "@centrala/contract";
import { utf8Decode, utf8Encode } from "@centrala/kit";
import {
  answerAudio,
  createAudioOffer,
  formatSdp,
  type LocalAudio,
  type NegotiatedAudio,
  parseSdp,
  readAudio,
  readAudioAnswer,
} from "@centrala/sip";

/** RFC 4733 events by the number most stacks use. */
const telephoneEventPayloadType = 101;

/** What one leg has agreed on about sound: our side, and offer and answer as they come and go (RFC 3264). */
export class AudioSession {
  readonly #address: string;
  readonly #addressToward: (address: string) => string;
  readonly #signallingAddress: string;
  readonly #codecs: readonly Codec[];
  readonly #sessionId: string;
  #version = 1;
  #port: number | undefined;
  #lastText = "";

  /** @param sessionId digits, below 2^63 */
  constructor(options: {
    /** Ours, toward the far end's signalling. */
    readonly address: string;
    /** Ours, toward an address of the other family. */
    readonly addressToward: (address: string) => string;
    /** Where the far end's signalling comes from. */
    readonly signallingAddress: string;
    readonly codecs: readonly Codec[];
    readonly sessionId: string;
  }) {
    this.#address = options.address;
    this.#addressToward = options.addressToward;
    this.#signallingAddress = options.signallingAddress;
    this.#codecs = options.codecs;
    this.#sessionId = options.sessionId;
  }

  /** The local RTP port, once it is known. */
  set port(port: number) {
    this.#port = port;
  }

  /** Where the writer of an offer wants to hear us, before anything is agreed; null when it has no audio for us. */
  preview(offer: Uint8Array): RemoteAudio | null {
    const negotiated = this.#answer(offer, this.#local(9))?.audio;
    return negotiated === undefined ? null : this.#remoteOf(negotiated);
  }

  /** Our offer; the version grows when it differs from the last description. */
  offer(): Uint8Array {
    const text = formatSdp(createAudioOffer(this.#local(this.#port ?? 9)));
    return this.#versioned(text, () => formatSdp(createAudioOffer(this.#local(this.#port ?? 9))));
  }

  /** Our answer to an offer, and what it agrees on; undefined when nothing is common (488). */
  answer(offer: Uint8Array): { readonly body: Uint8Array; readonly remote: RemoteAudio } | undefined {
    const first = this.#answer(offer, this.#local(this.#port ?? 9));
    if (first === undefined) return undefined;
    const again = () => this.#answer(offer, this.#local(this.#port ?? 9))?.text ?? first.text;
    return { body: this.#versioned(first.text, again), remote: this.#remoteOf(first.audio) };
  }

  /** What the far end's answer to our offer agrees on; undefined when it refused the sound. */
  accept(answer: Uint8Array): RemoteAudio | undefined {
    const sdp = parseSdp(utf8Decode(answer));
    const audio = sdp === undefined ? undefined : readAudioAnswer(this.#local(this.#port ?? 9), sdp);
    return audio === undefined ? undefined : this.#remoteOf(audio);
  }

  #remoteOf(audio: NegotiatedAudio): RemoteAudio {
    return { ...remoteOf(audio), signallingAddress: this.#signallingAddress };
  }

  #answer(
    offer: Uint8Array,
    local: LocalAudio,
  ): { readonly text: string; readonly audio: NegotiatedAudio } | undefined {
    const sdp = parseSdp(utf8Decode(offer));
    const offered = sdp === undefined ? undefined : readAudio(sdp);
    if (sdp === undefined || offered === undefined) return undefined;
    const answered = answerAudio(sdp, { ...local, address: this.#addressFor(offered.address) });
    return answered.ok ? { text: formatSdp(answered.answer), audio: answered.audio } : undefined;
  }

  /** RFC 3264 section 8: a changed description has a higher version, the same one keeps it. */
  #versioned(text: string, again: () => string): Uint8Array {
    if (this.#lastText === "" || this.#lastText === text) {
      this.#lastText = text;
      return utf8Encode(text);
    }
    this.#version += 1;
    this.#lastText = again();
    return utf8Encode(this.#lastText);
  }

  /** Whoever offers IPv4 cannot send to an IPv6 answer, whatever its signalling came by, and the other way round. */
  #addressFor(offered: string): string {
    // Looked at for every call: an IPv4 address is told by its dots, without taking it apart.
    const same = offered.includes(":") === this.#address.includes(":");
    if (same || offered === "0.0.0.0" || offered === "::") return this.#address;
    const toward = this.#addressToward(offered);
    return isIPv6(toward) === isIPv6(offered) ? toward : this.#address;
  }

  #local(port: number): LocalAudio {
    return {
      address: this.#address,
      port,
      codecs: this.#codecs,
      telephoneEvent: telephoneEventPayloadType,
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
    };
  }
}

function remoteOf(audio: NegotiatedAudio): RemoteAudio {
  const { direction } = audio;
  return {
    address: audio.remoteAddress,
    port: audio.remotePort,
    codec: audio.codec,
    payloadType: audio.payloadType,
    telephoneEventPayloadType: audio.telephoneEventPayloadType ?? null,
    ...(audio.receiveTelephoneEventPayloadType !== undefined && {
      receiveTelephoneEventPayloadType: audio.receiveTelephoneEventPayloadType,
    }),
    ptimeMs: audio.ptimeMs,
    // Our direction tells: what we may receive the far end sends, what we may send it receives.
    sends: direction === "sendrecv" || direction === "recvonly",
    receives: direction === "sendrecv" || direction === "sendonly",
  };
}
