import { resampled } from "./recorder.ts";
import { wavOf } from "./wav.ts";

const rateHz = 16_000;
/** A larger one is refused by the server anyway. */
const readBytesMax = 20 * 1024 * 1024;

/** What file choosers offer; the server says of everything else what it is. */
export const soundFiles = "audio/*,.mp3,.wav,.ogg,.opus,.oga,.flac,.m4a";

/** A file as it is sent: what the server does not read by itself (M4A of a telephone) is read by the browser where it can. */
export async function sendable(file: Blob): Promise<Blob> {
  if (file.size > readBytesMax) return file;
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  if (isRead(head)) return file;
  const context = new OfflineAudioContext(1, 1, rateHz);
  try {
    const sound = await context.decodeAudioData(await file.arrayBuffer());
    return new Blob([wavOf(await resampled(sound), rateHz)], { type: "audio/wav" });
  } catch {
    return file;
  }
}

/** WAV, MP3, FLAC and Ogg, by how they begin. */
export function isRead(head: Uint8Array): boolean {
  const word = String.fromCharCode(...head.subarray(0, 4));
  const isMpegFrame = head[0] === 0xff && ((head[1] ?? 0) & 0xe6) > 0xe0;
  return ["RIFF", "RIFX", "RF64", "fLaC", "OggS"].includes(word) || word.startsWith("ID3") || isMpegFrame;
}

/** "Welcome 2.mp3" is "Welcome 2". */
export function nameOfFile(fileName: string): string {
  return fileName
    .replace(/\.[^.]{1,5}$/, "")
    .replace(/[_\s]+/g, " ")
    .trim()
    .slice(0, 120);
}
