import { eventOfKey, frameSamples, onlyKeys, sine } from "@centrala/media";
import { Player } from "./player.ts";
import type { Sound } from "./sounds.ts";

// ITU-T Q.23: a key is one tone of its row and one of its column.
const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const layout = "123A456B789C*0#D";
const gap: Sound = { samples: null, length: frameSamples * 4 };

/** Keys as tones of 120 ms with pauses of 80 ms, for far ends that take no RFC 4733; undefined when there is no key. */
export function keyTonesOf(keys: string): Player | undefined {
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
