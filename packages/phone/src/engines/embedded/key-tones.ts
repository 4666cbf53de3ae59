import { eventOfKey, frameSamples, type KeyWay, onlyKeys, sine } from "@centrala/media";
import type { MediaLeg } from "./leg.ts";
import { Player } from "./player.ts";
import type { Sound } from "./sounds.ts";

// ITU-T Q.23: a key is one tone of its row and one of its column.
const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const layout = "123A456B789C*0#D";
const keysWaitingMax = 128;
const gap: Sound = { samples: null, length: frameSamples * 4 };

/** Sends keys as tones, after those that are still being sent; more than 128 waiting are refused whole. */
export function sendAsTones(leg: MediaLeg, keys: string): boolean {
  const wanted = onlyKeys(keys);
  if (leg.keysWaiting.length + wanted.length > keysWaitingMax) return false;
  leg.keysWaiting += wanted;
  if (leg.keyTones === undefined) nextTones(leg);
  return true;
}

/** Goes on with the keys that wait; to be called when the tones of those before are over. */
export function nextTones(leg: MediaLeg): void {
  leg.keyTones = keyTonesOf(leg.keysWaiting);
  leg.keysWaiting = "";
}

/**
 * A key that nobody collects is for whoever hears this leg. Packets of RFC 4733 went on as they came to those who take them;
 * to others the key goes their own way, and so does one that came by signalling.
 */
export function passKeyOn(leg: MediaLeg, way: KeyWay, send: (to: MediaLeg) => void): void {
  if (leg.muted || way === "tone") return;
  // A leg that negotiated events sends them beside its INFO.
  if (way === "signalling" && (leg.payload?.keysType ?? -1) >= 0) return;
  for (const listener of leg.listeners) {
    const goesOn = way === "events" && (listener.payload?.keysType ?? -1) >= 0;
    if (!goesOn && listener !== leg) send(listener);
  }
}

/** Keys as tones of 120 ms with pauses of 80 ms, for far ends that take no RFC 4733; undefined when there is no key. */
function keyTonesOf(keys: string): Player | undefined {
  const sounds = [...onlyKeys(keys)].flatMap((key) => [toneOf(key), gap]);
  return sounds.length === 0 ? undefined : new Player(sounds, false);
}

function toneOf(key: string): Sound {
  const place = layout.indexOf(key);
  if (eventOfKey(key) < 0 || place < 0) return gap;
  const low = sine(rowsHz[place >> 2] ?? 0, 120, -13);
  const high = sine(columnsHz[place & 3] ?? 0, 120, -11);
  const samples = low.map((sample, index) => sample + (high[index] ?? 0));
  return { samples, length: samples.length };
}
