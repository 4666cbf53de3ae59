import type { DeskView } from "@centrala/contract";
import type { TestCentre } from "./centre.ts";
import { eventually } from "./eventually.ts";

/** A person at a desk, who does by the API what the page's buttons do. */
export class Operator {
  readonly centre: TestCentre;
  readonly id: string;
  /** The session's, for requests that the desk does not make. */
  readonly cookie: string;

  constructor(centre: TestCentre, id: string, cookie: string) {
    this.centre = centre;
    this.id = id;
    this.cookie = cookie;
  }

  /** What the operator's SIP phone registers with. */
  get phone(): { readonly username: string; readonly password: string } {
    return { username: this.id, password: `secret-of-${this.id}` };
  }

  get phoneId(): string {
    return `${this.id}-phone`;
  }

  /** @throws Error with the refusal */
  async api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.centre.request(method, path, body, { cookie: this.cookie });
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body as T;
  }

  desk(): Promise<DeskView> {
    return this.api("GET", "/api/desk");
  }

  /** The desk as soon as it fits. */
  seen(what: string, check: (desk: DeskView) => boolean): Promise<DeskView> {
    return eventually(
      async () => {
        const desk = await this.desk();
        if (check(desk)) return desk;
        throw new Error(`the desk is ${JSON.stringify(desk)}`);
      },
      { what: `${this.id}'s desk: ${what}` },
    );
  }

  /** Sits down with the SIP phone, once it is registered. */
  async available(): Promise<void> {
    await this.seen("the phone is registered", (desk) => desk.phones.some((phone) => phone.reachable));
    await this.api("POST", "/api/desk/device", { device: "phone" });
    await this.api("POST", "/api/desk/state", { to: "available" });
    await this.seen("available", (desk) => desk.state === "available");
  }

  async goes(to: "available" | "break" | "offline"): Promise<void> {
    await this.api("POST", "/api/desk/state", { to });
  }

  /** Chooses a result where one is asked and ends the wrap-up, so that the next call may come. */
  async finish(dispositionId: string | null = null): Promise<void> {
    const desk = await this.seen("wrap-up", (view) => view.contact?.phase === "wrap-up");
    const id = desk.contact?.id ?? "";
    if (dispositionId !== null) await this.api("POST", `/api/desk/contacts/${id}/result`, { dispositionId });
    await this.api("POST", `/api/desk/contacts/${id}/finish`);
    await this.seen("free again", (view) => view.contact === null);
  }
}
