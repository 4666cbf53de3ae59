import type { MediaEvent } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { PhoneLog } from "./port.ts";

/** More foreign packets than strays make: somebody tries the leg's port. */
const refusedNoticed = 500;

/** What the media engine says about its work that a technician should read. */
export class MediaReports {
  readonly #log: PhoneLog;
  #complainedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Packets that legs refused since the start, of legs that are over. */
  rtpRefused = 0;

  constructor(log: PhoneLog) {
    this.#log = log;
  }

  /** Once a minute: whoever calls a full server calls again at once. */
  portsWanted(now: Instant, code: string): void {
    if (now - this.#complainedAt < 60_000) return;
    this.#complainedAt = now;
    this.#log("error", "calls are refused for want of a media port", { code });
  }

  quality(event: Extract<MediaEvent, { kind: "quality" }>): void {
    this.rtpRefused += event.packetsRefused;
    this.#log(event.packetsRefused > refusedNoticed ? "warn" : "debug", "quality of a leg", event);
  }

  /** The event as the core takes it. */
  closed({ cutMs, ...event }: Extract<MediaEvent, { kind: "recordingClosed" }>): typeof event {
    if (cutMs !== undefined)
      this.#log("error", "a part of a recording is missing: the disk was full", { ...event, cutMs });
    return event;
  }
}
