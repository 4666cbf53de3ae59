const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of the first `length` bytes (ITU-T V.42, as in Ethernet and zip). */
export function crc32(bytes: Uint8Array, length: number): number {
  let value = 0xffffffff;
  for (let index = 0; index < length; index += 1) {
    value = (table[(value ^ (bytes[index] ?? 0)) & 255] ?? 0) ^ (value >>> 8);
  }
  return ~value >>> 0;
}
