// Speaks the shipped prompts from the texts of packages/phone/sounds/catalogue.json with eSpeak NG and SoX, and writes
// their durations back into it. Run it after a change of a text, a voice or the pronunciation:
//
//   node scripts/sounds/make-prompts.mjs            all prompts
//   node scripts/sounds/make-prompts.mjs closed n-7 only these
//
// The same texts and the same programs give the same files. Level: -20 dBFS where somebody speaks, peaks below -3 dBFS,
// 300 to 3400 Hz, 80 ms of silence at both ends.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alawWav, level, measure, pad, trim } from "./audio.mjs";

const RATE = 8000;
const RMS_DBFS = -20;
const PEAK_DBFS = -4;
const PAD_MS = 80;
const SOUNDS = new URL("../../packages/phone/sounds/", import.meta.url);
const CATALOGUE = new URL("catalogue.json", SOUNDS);

const catalogue = JSON.parse(readFileSync(CATALOGUE, "utf8"));
const pronunciation = JSON.parse(readFileSync(new URL("pronunciation.json", import.meta.url), "utf8"));
const temporary = mkdtempSync(join(tmpdir(), "prompts-"));
try {
  makeAll(process.argv.slice(2));
} finally {
  rmSync(temporary, { recursive: true });
}

function makeAll(only) {
  const unknown = only.filter((name) => !catalogue.prompts[name]);
  if (unknown.length > 0) throw new Error(`No such prompt in the catalogue: ${unknown.join(", ")}`);
  let written = 0;
  for (const language of Object.keys(catalogue.languages)) {
    mkdirSync(new URL(`${language}/`, SOUNDS), { recursive: true });
    for (const [name, prompt] of Object.entries(catalogue.prompts)) {
      if (only.length > 0 && !only.includes(name)) continue;
      prompt.durationMs = { ...prompt.durationMs, [language]: make(language, name, prompt) };
      written++;
    }
  }
  writeFileSync(CATALOGUE, `${JSON.stringify(catalogue, null, 2)}\n`);
  console.log(`${written} prompts written.`);
}

/** Writes one prompt and returns its duration in milliseconds. */
function make(language, name, prompt) {
  const raw =
    prompt.voice === "tone" ? tone(1000, 350) : speak(catalogue.voices[prompt.voice], language, prompt.text[language]);
  const samples = pad(level(trim(raw, RATE), RATE, RMS_DBFS, PEAK_DBFS), RATE, PAD_MS);
  const { rmsDbfs, peakDbfs } = measure(samples, RATE);
  if (Math.abs(rmsDbfs - RMS_DBFS) > 0.5 || peakDbfs > PEAK_DBFS + 0.1) {
    throw new Error(`${language}/${name}: level ${rmsDbfs.toFixed(1)} dBFS, peak ${peakDbfs.toFixed(1)} dBFS`);
  }
  writeFileSync(new URL(`${language}/${name}.wav`, SOUNDS), alawWav(samples));
  return Math.round((samples.length * 1000) / RATE);
}

/** The synthesiser's voice as samples of 8000 Hz in the telephone band. */
function speak(voice, language, text) {
  const file = join(temporary, "speech.wav");
  const { name, speed, pitch, gap } = voice[language];
  execFileSync(
    "espeak-ng",
    ["-v", name, "-s", speed, "-p", pitch, "-g", gap, "-w", file, pronounced(language, text)].map(String),
  );
  const band = ["sinc", "-t", "100", "300-3400", "rate", "-h", String(RATE)];
  const raw = execFileSync("sox", ["-D", "-v", "0.5", file, "-t", "f32", "-", ...band], { maxBuffer: 1 << 26 });
  return Array.from({ length: raw.length / 4 }, (_, i) => raw.readFloatLE(i * 4));
}

/** The text with the stresses and joins the synthesiser does not know; whole words only, whatever their case. */
function pronounced(language, text) {
  let result = text;
  for (const [written, spoken] of Object.entries(pronunciation[language] ?? {})) {
    result = result.replace(new RegExp(`(?<![\\p{L}\\p{N}])${written}(?![\\p{L}\\p{N}])`, "giu"), (match) =>
      // The capital letter stays: the synthesiser finds the end of the previous sentence by it.
      match[0] === match[0].toLowerCase() ? spoken : spoken[0].toUpperCase() + spoken.slice(1),
    );
  }
  return result;
}

function tone(hertz, lengthMs) {
  const length = Math.round((RATE * lengthMs) / 1000);
  const fade = RATE * 0.01;
  return Array.from(
    { length },
    (_, i) => Math.sin((2 * Math.PI * hertz * i) / RATE) * Math.min(1, i / fade, (length - i) / fade),
  );
}
