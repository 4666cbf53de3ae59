// Renders the desk's own sounds for the web app: ring, offer, message, key, warning. Each is told apart by its shape and
// stays well below a voice (active level -28 dBFS, peak -14 dBFS at most). 16-bit PCM, 16 kHz, mono.
//
//   node scripts/sounds/make-desk-sounds.mjs
import { mkdirSync, writeFileSync } from "node:fs";
import { level, pcmWav } from "./audio.mjs";

const RATE = 16000;
const RMS_DBFS = -28;
const PEAK_DBFS = -14;
const FOLDER = new URL("../../apps/web/public/sounds/", import.meta.url);

/** Notes as [start ms, hertz, decay ms, strength]. `ring` is meant to be looped: its length is one cadence. */
const SOUNDS = {
  ring: { lengthMs: 3000, notes: trill(0, 659, 784).concat(trill(700, 659, 784)) },
  offer: {
    lengthMs: 900,
    notes: [
      [0, 523, 220, 1],
      [140, 659, 220, 1],
      [280, 784, 320, 1],
    ],
  },
  message: {
    lengthMs: 500,
    notes: [
      [0, 988, 120, 1],
      [110, 1319, 160, 0.8],
    ],
  },
  key: { lengthMs: 60, notes: [[0, 1760, 12, 1]] },
  warning: {
    lengthMs: 900,
    notes: [
      [0, 440, 200, 1],
      [0, 466, 200, 0.6],
      [260, 349, 300, 1],
      [260, 370, 300, 0.6],
    ],
  },
};

/** A warble of two notes for half a second, as a telephone does it. */
function trill(atMs, low, high) {
  return Array.from({ length: 8 }, (_, i) => [atMs + i * 62, i % 2 === 0 ? low : high, 90, 1]);
}

mkdirSync(FOLDER, { recursive: true });
for (const [name, sound] of Object.entries(SOUNDS)) {
  const samples = level(render(sound), RATE, RMS_DBFS, PEAK_DBFS);
  writeFileSync(new URL(`${name}.wav`, FOLDER), pcmWav(samples, RATE));
  console.log(`${name}: ${sound.lengthMs} ms`);
}

function render({ lengthMs, notes }) {
  const length = Math.round((RATE * lengthMs) / 1000);
  const fade = RATE * 0.01;
  const samples = Array.from({ length }, () => 0);
  for (const [atMs, hertz, decayMs, strength] of notes) {
    const from = Math.round((RATE * atMs) / 1000);
    for (let i = 0; from + i < length; i++) samples[from + i] += strength * note(hertz, decayMs / 1000, i / RATE);
  }
  return samples.map((sample, i) => sample * Math.min(1, (length - 1 - i) / fade));
}

/** A struck bar: the fundamental and two soft overtones that fade sooner, with a rise of 4 ms against clicks. */
function note(hertz, decaySeconds, t) {
  const body = Math.sin(2 * Math.PI * hertz * t) * Math.exp(-t / decaySeconds);
  const shine = 0.3 * Math.sin(4 * Math.PI * hertz * t) * Math.exp((-2 * t) / decaySeconds);
  const strike = 0.12 * Math.sin(8 * Math.PI * hertz * t) * Math.exp((-5 * t) / decaySeconds);
  return Math.min(1, t / 0.004) * (body + shine + strike);
}
