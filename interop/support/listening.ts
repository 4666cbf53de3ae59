import type { PhoneAudio } from "@centrala/sim";
import { eventually } from "./eventually.ts";
import { halfSecondSamples, hears } from "./sounds.ts";

/** Waits until a telephone hears the tone (or does not) in half a second that it receives from now on. */
export async function hearsFrom(audio: PhoneAudio, hz: number, who: string, isThere = true): Promise<void> {
  const fresh = audio.heard().length + halfSecondSamples;
  await eventually(() => audio.heard().length >= fresh && hears(audio.heard(), hz) === isThere, {
    what: `${who} ${isThere ? "" : "not "}to hear ${hz} Hz from now on`,
  });
}
