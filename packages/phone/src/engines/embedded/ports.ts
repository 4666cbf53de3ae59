import { fail, ok, type Result } from "@centrala/kit";

/** The UDP ports of an engine, both ends included. The first is for WebRTC, pairs of the rest for plain RTP and RTCP. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Reads `CENTRALA_RTP_PORTS`: two port numbers from 1,024 on with a dash between, at least four ports wide. */
export function parseRtpPorts(text: string): Result<PortRange, "RTP_PORTS_INVALID"> {
  const match = /^\s*(\d{1,5})\s*-\s*(\d{1,5})\s*$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || first < 1_024 || last > 65_535 || last - first < 3) {
    return fail("RTP_PORTS_INVALID", `RTP ports are given as 10000-10999, at least four of them, not as "${text}"`);
  }
  return ok({ first, last });
}

/**
 * Hands out even ports, whose odd neighbour is then free for RTCP. A port that comes back goes to the end of the queue, so
 * that what is still on its way to an ended call does not reach the next one.
 */
export class PortPool {
  readonly #free: number[] = [];
  readonly size: number;

  constructor(range: PortRange) {
    const firstEven = range.first + 2 - (range.first % 2);
    for (let port = firstEven; port + 1 <= range.last; port += 2) this.#free.push(port);
    this.size = this.#free.length;
  }

  get free(): number {
    return this.#free.length;
  }

  /** The port that has been free longest, undefined when none is. */
  take(): number | undefined {
    return this.#free.shift();
  }

  release(port: number): void {
    this.#free.push(port);
  }
}
