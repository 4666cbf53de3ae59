import type { MediaEngine, MediaEvent, MediaItem } from "@centrala/contract";

type Test = {
  readonly legId: string;
  readonly outro: readonly MediaItem[];
  readonly echoMs: number;
  timer: ReturnType<typeof setTimeout> | undefined;
};

const prefix = "echo-test";

/** Lets a headset hear itself: an introduction, then its own voice for a while, then a word to end. */
export class EchoTests {
  readonly #engine: MediaEngine;
  readonly #tests = new Map<string, Test>();

  constructor(engine: MediaEngine) {
    this.#engine = engine;
  }

  start(legId: string, intro: readonly MediaItem[], outro: readonly MediaItem[], echoMs: number): void {
    this.stop(legId);
    this.#tests.set(legId, { legId, outro, echoMs, timer: undefined });
    this.#engine.command({ kind: "play", playId: `${prefix}/intro/${legId}`, legId, items: intro, loop: false });
  }

  /** Ends a test that runs, for a call that comes in or a headset that goes. */
  stop(legId: string): void {
    const test = this.#tests.get(legId);
    if (test === undefined) return;
    clearTimeout(test.timer);
    this.#tests.delete(legId);
    this.#engine.command({ kind: "stopPlay", playId: `${prefix}/intro/${legId}` });
    this.#engine.command({ kind: "closeRoom", roomId: `${prefix}/${legId}` });
  }

  /** True when the event belonged to a test. */
  handle(event: MediaEvent): boolean {
    if (event.kind !== "playEnded" || !event.playId.startsWith(`${prefix}/`)) return false;
    const test = this.#tests.get(event.playId.slice(`${prefix}/intro/`.length));
    if (test !== undefined && event.reason === "finished") this.#echo(test);
    return true;
  }

  #echo(test: Test): void {
    this.#engine.command({ kind: "setRoom", roomId: `${prefix}/${test.legId}`, hears: { [test.legId]: [test.legId] } });
    test.timer = setTimeout(() => {
      this.#tests.delete(test.legId);
      this.#engine.command({ kind: "closeRoom", roomId: `${prefix}/${test.legId}` });
      this.#engine.command({
        kind: "play",
        playId: `${prefix}/outro/${test.legId}`,
        legId: test.legId,
        items: test.outro,
        loop: false,
      });
    }, test.echoMs);
  }
}
