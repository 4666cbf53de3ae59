/**
 * A block cipher with a fixed key: counter mode and key derivation need encryption only. The shell may supply its own
 * (say, one in native code); {@link AesCipher} is the one that comes with the package.
 */
export interface BlockCipher {
  /**
   * Encrypts `blocks` blocks of 16 bytes from the start of `src` to the start of `dst` (ECB). `src` and `dst` may be
   * the same array; both hold at least `blocks * 16` bytes.
   */
  encrypt(src: Uint8Array, dst: Uint8Array, blocks: number): void;
}

/** Makes a cipher from a key of 16 bytes. */
export type BlockCipherFactory = (key: Uint8Array) => BlockCipher;
