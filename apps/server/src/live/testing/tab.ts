import { changedFloor, type FloorView, type ServerMessage } from "@centrala/contract";
import { WebSocket } from "ws";

const open: Tab[] = [];

/** Ends all tabs that a test opened. */
export function closeTabs(): void {
  for (const tab of open.splice(0)) tab.socket.terminate();
}

/** A browser's tab: what it was sent, and a way to wait for more. */
export class Tab {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  closedWith: number | undefined;
  readonly #waiting = new Set<() => void>();
  #floor: { readonly revision: number; readonly view: FloorView } | undefined;

  constructor(port: number, cookie: string | null, origin = `http://localhost:${port}`) {
    this.socket = new WebSocket(`ws://localhost:${port}/api/live`, {
      headers: { origin, ...(cookie === null ? {} : { cookie }) },
    });
    open.push(this);
    this.socket.on("message", (data) => {
      this.#take(JSON.parse(String(data)) as ServerMessage);
      this.#wake();
    });
    this.socket.on("close", (code) => {
      this.closedWith = code;
      this.#wake();
    });
    this.socket.on("error", () => undefined);
  }

  /** A change of the floor stands among the messages as the picture that it leads to, as a page shows it. */
  #take(message: ServerMessage): void {
    if (message.kind === "floorChanged") {
      if (this.#floor?.revision !== message.from) throw new Error("a change of the floor that this tab cannot apply");
      this.#floor = { revision: message.revision, view: changedFloor(this.#floor.view, message.change) };
      this.messages.push({ kind: "floor", ...this.#floor });
      return;
    }
    if (message.kind === "floor") this.#floor = message;
    this.messages.push(message);
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async hello(extra: object = {}): Promise<Extract<ServerMessage, { kind: "welcome" }>> {
    if (this.socket.readyState !== WebSocket.OPEN) await new Promise((resolve) => this.socket.once("open", resolve));
    this.say({ kind: "hello", desk: true, floor: false, tabId: "tab", resume: null, ...extra });
    return this.next("welcome");
  }

  /** The first message of a kind that fits, come or to come. */
  async next<K extends ServerMessage["kind"]>(
    kind: K,
    fits: (message: Extract<ServerMessage, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { kind: K }>> {
    for (;;) {
      const found = this.messages.find(
        (message): message is Extract<ServerMessage, { kind: K }> => message.kind === kind && fits(message as never),
      );
      if (found !== undefined) return found;
      if (this.closedWith !== undefined) throw new Error(`closed with ${this.closedWith} before ${kind}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async closed(): Promise<number> {
    while (this.closedWith === undefined) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.closedWith;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
