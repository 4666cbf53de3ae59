type Side = "customer" | "operator";

/**
 * The two sides of a recording, heard in both ears: the file has the customer left and the operator right, which tires in
 * headphones. Each side can be silenced. The graph is built at the first play, because browsers want a gesture for sound.
 */
export class TwoSides {
  readonly #audio: HTMLAudioElement;
  readonly #heard: Record<Side, boolean> = { customer: true, operator: true };
  #context: AudioContext | null = null;
  #gains: Record<Side, GainNode> | null = null;

  constructor(audio: HTMLAudioElement) {
    this.#audio = audio;
  }

  open(): void {
    if (this.#context) {
      void this.#context.resume();
      return;
    }
    const context = new AudioContext();
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    const mono = new GainNode(context, { channelCount: 1, channelCountMode: "explicit" });
    context.createMediaElementSource(this.#audio).connect(splitter);
    const lane = (side: Side, output: number) => {
      const gain = new GainNode(context, { gain: this.#heard[side] ? 1 : 0 });
      splitter.connect(gain, output);
      gain.connect(mono);
      return gain;
    };
    this.#gains = { customer: lane("customer", 0), operator: lane("operator", 1) };
    mono.connect(context.destination);
    this.#context = context;
  }

  hear(side: Side, on: boolean): void {
    this.#heard[side] = on;
    if (this.#gains) this.#gains[side].gain.value = on ? 1 : 0;
  }

  close(): void {
    void this.#context?.close();
    this.#context = null;
    this.#gains = null;
  }
}
