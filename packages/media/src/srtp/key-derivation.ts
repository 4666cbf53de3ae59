import { assert } from "@centrala/kit";
import type { BlockCipherFactory } from "./block-cipher.ts";
import { CounterMode } from "./counter-mode.ts";

/** What a key exchange gives for one direction: a key of 16 bytes and a salt of 14 (RFC 5764 section 4.1.2). */
export interface SrtpMasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** The keys of one direction of one protocol, RTP or RTCP. */
export interface SrtpSessionKeys {
  readonly cipherKey: Uint8Array;
  readonly authenticationKey: Uint8Array;
  readonly salt: Uint8Array;
}

const labelsPerProtocol = { rtp: 0, rtcp: 3 } as const;

/** RFC 3711 section 4.3.1 with a key derivation rate of 0: keys are derived once. */
export function deriveSessionKeys(
  master: SrtpMasterKey,
  protocol: "rtp" | "rtcp",
  makeCipher: BlockCipherFactory,
): SrtpSessionKeys {
  assert(master.key.length === 16 && master.salt.length === 14, "an SRTP master key is 16 bytes and a salt of 14");
  const prf = new CounterMode(makeCipher(master.key), master.salt);
  const first = labelsPerProtocol[protocol];
  return {
    cipherKey: derive(prf, first, 16),
    authenticationKey: derive(prf, first + 1, 20),
    salt: derive(prf, first + 2, 14),
  };
}

/** The label stands 7 bytes before the end of x, which is where counter mode puts the low byte of the SSRC. */
function derive(prf: CounterMode, label: number, bytes: number): Uint8Array {
  const key = new Uint8Array(bytes);
  prf.apply(key, 0, bytes, label, 0, 0);
  return key;
}
