// Renders the music on hold: two loops of exactly 60 seconds, additive synthesis, every note drawn from a seed, free of
// anyone's rights. Tails of notes wrap round the end into the beginning, so the loop has no seam.
//
//   node scripts/sounds/make-music.mjs
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { alawWav, level, measure, seeded } from "./audio.mjs";

const RATE = 8000;
const RMS_DBFS = -22;
const PEAK_DBFS = -6;
const SECONDS = 60;
const SOUNDS = new URL("../../packages/phone/sounds/", import.meta.url);

/** Chords as MIDI notes around middle C; a bar each. `partials` is the strength of each harmonic, `decay` in seconds. */
const PIECES = [
  {
    name: "calm",
    seed: 20261,
    bars: 16,
    stepsPerBar: 8,
    chords: progression(
      "C:60 64 67 71|A:57 60 64 67|F:57 60 65 69|G:59 62 67 69",
      "C:60 64 67 71|E:59 64 67 71|F:57 60 65 69|G:59 62 65 67",
    ),
    scale: [72, 74, 76, 79, 81, 84],
    pad: { gain: 0.5, partials: [1, 0.35, 0.18, 0.06], attackSeconds: 0.9, releaseSeconds: 1.6 },
    pluck: { gain: 0.34, partials: [1, 0.4, 0.16, 0.08], decaySeconds: 0.9, chance: 0.8 },
    melody: { gain: 0.3, partials: [1, 0.2, 0.08], decaySeconds: 1.6, chance: 0.22 },
    echo: { steps: 3, gain: 0.32 },
  },
  {
    name: "bright",
    seed: 20262,
    bars: 24,
    stepsPerBar: 8,
    chords: progression(
      "D:62 66 69 74|B:59 62 66 71|G:59 62 67 71|A:57 61 64 69",
      "D:62 66 69 74|F#:61 66 69 73|G:59 62 67 71|A:57 61 64 71",
    ),
    scale: [74, 76, 78, 81, 83, 86],
    pad: { gain: 0.3, partials: [1, 0.3, 0.12], attackSeconds: 0.35, releaseSeconds: 0.8 },
    pluck: { gain: 0.5, partials: [1, 0.15, 0.05, 0.22], decaySeconds: 0.42, chance: 0.88 },
    melody: { gain: 0.42, partials: [1, 0.28, 0.1], decaySeconds: 0.8, chance: 0.34 },
    echo: { steps: 3, gain: 0.26 },
  },
];

/** Two phrases of four bars, "root:notes" each. The second phrase turns the first one home. */
function progression(...phrases) {
  return phrases.flatMap((phrase) =>
    phrase.split("|").map((bar) =>
      bar
        .slice(bar.indexOf(":") + 1)
        .split(" ")
        .map(Number),
    ),
  );
}

const catalogueFile = new URL("catalogue.json", SOUNDS);
const catalogue = JSON.parse(readFileSync(catalogueFile, "utf8"));
mkdirSync(new URL("music/", SOUNDS), { recursive: true });
catalogue.music = {};
for (const piece of PIECES) {
  const samples = level(render(piece), RATE, RMS_DBFS, PEAK_DBFS);
  const { rmsDbfs, peakDbfs } = measure(samples, RATE);
  if (Math.abs(rmsDbfs - RMS_DBFS) > 0.5) throw new Error(`${piece.name}: level ${rmsDbfs.toFixed(1)} dBFS`);
  writeFileSync(new URL(`music/${piece.name}.wav`, SOUNDS), alawWav(samples));
  catalogue.music[piece.name] = { durationMs: SECONDS * 1000 };
  console.log(`${piece.name}: ${SECONDS} s, ${rmsDbfs.toFixed(1)} dBFS, peak ${peakDbfs.toFixed(1)} dBFS`);
}
writeFileSync(catalogueFile, `${JSON.stringify(catalogue, null, 2)}\n`);

/** All samples of a piece before levelling. */
function render(piece) {
  const random = seeded(piece.seed);
  const dry = Array.from({ length: RATE * SECONDS }, () => 0);
  const barSeconds = SECONDS / piece.bars;
  for (let bar = 0; bar < piece.bars; bar++) {
    const chord = piece.chords[bar % piece.chords.length];
    const at = bar * barSeconds;
    for (const note of chord) addPad(dry, piece.pad, at, barSeconds, note, random() - 0.5);
    addArpeggio(dry, piece, chord, at, random);
    addMelody(dry, piece, at, random);
  }
  return echoed(dry, Math.round((RATE * barSeconds * piece.echo.steps) / piece.stepsPerBar), piece.echo.gain);
}

/** Up and down the chord an octave higher, now and then a rest, with a little human unevenness. */
function addArpeggio(dry, piece, chord, at, random) {
  const stepSeconds = SECONDS / piece.bars / piece.stepsPerBar;
  const walk = [0, 1, 2, 3, 2, 1, 2, 1];
  for (let step = 0; step < piece.stepsPerBar; step++) {
    if (step > 0 && random() > piece.pluck.chance) continue;
    const note = chord[walk[step % walk.length] % chord.length] + 12;
    const accent = step % 4 === 0 ? 1 : 0.7 + 0.2 * random();
    addPluck(dry, piece.pluck, at + step * stepSeconds + 0.008 * random(), note, accent);
  }
}

/** A few high notes that walk the scale by small steps, on the quarter beats. */
function addMelody(dry, piece, at, random) {
  let place = Math.floor(random() * piece.scale.length);
  const beatSeconds = SECONDS / piece.bars / 4;
  for (let beat = 0; beat < 4; beat++) {
    if (random() > piece.melody.chance) continue;
    place = Math.max(0, Math.min(piece.scale.length - 1, place + Math.round(random() * 3 - 1.5)));
    addPluck(dry, piece.melody, at + beat * beatSeconds, piece.scale[place], 0.8 + 0.2 * random());
  }
}

/** A soft held note: two slightly detuned voices with a slow rise and fall. */
function addPad(dry, pad, at, seconds, note, drift) {
  const length = Math.round((seconds + pad.releaseSeconds) * RATE);
  const from = Math.round(at * RATE);
  const envelope = (t) =>
    Math.min(1, t / pad.attackSeconds, Math.max(0, (seconds + pad.releaseSeconds - t) / pad.releaseSeconds));
  for (const detune of [-0.0011, 0.0011]) {
    addPartials(
      dry,
      from,
      length,
      hertz(note) * (1 + detune * (1 + drift)),
      pad.partials,
      (t) => 0.25 * pad.gain * envelope(t) ** 2,
    );
  }
}

/** A struck note: a short rise and an exponential fall. */
function addPluck(dry, voice, at, note, accent) {
  const length = Math.round(voice.decaySeconds * 5 * RATE);
  const envelope = (t) => accent * voice.gain * Math.min(1, t / 0.006) * Math.exp(-t / voice.decaySeconds);
  addPartials(dry, Math.round(at * RATE), length, hertz(note), voice.partials, envelope);
}

/** Only what a telephone carries is rendered: partials between 200 and 3400 Hz. */
function addPartials(dry, from, length, fundamental, partials, envelope) {
  for (const [index, strength] of partials.entries()) {
    const frequency = fundamental * (index + 1);
    if (frequency < 200 || frequency > 3400) continue;
    const step = (2 * Math.PI * frequency) / RATE;
    for (let i = 0; i < length; i++) {
      dry[(from + i) % dry.length] += strength * envelope(i / RATE) * Math.sin(step * i);
    }
  }
}

/** Three echoes, each quieter, taken from the loop as a circle. */
function echoed(dry, delay, gain) {
  const past = (i) => dry[(i + dry.length) % dry.length];
  return dry.map(
    (sample, i) => sample + gain * past(i - delay) + gain ** 2 * past(i - 2 * delay) + gain ** 3 * past(i - 3 * delay),
  );
}

function hertz(midiNote) {
  return 440 * 2 ** ((midiNote - 69) / 12);
}
