import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { assert } from "@centrala/kit";
import { StoreError } from "./error.ts";

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts small secrets with AES-256-GCM (NIST SP 800-38D) under the data folder's key. `place` is authenticated with them, so a sealed
 * secret moved to another row does not open.
 */
export class Sealer {
  readonly #key: Uint8Array;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    assert(key.length === 32, "the encryption key has 32 bytes");
    this.#key = key;
  }

  /** Nonce, tag and ciphertext in one. */
  seal(text: string, place: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** Rejects with KEY_WRONG when the key or the place is another. */
  open(sealed: Buffer, place: string): string {
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key, sealed.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
      return decipher.update(sealed.subarray(nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8");
    } catch (error) {
      throw new StoreError("KEY_WRONG", "a stored password does not open with this data folder's key", error);
    }
  }
}
