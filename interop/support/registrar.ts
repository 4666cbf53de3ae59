import { type DigestAlgorithm, digestParameter, digestResponse, header, plainAnswer, Wire } from "./wire.ts";

/** A carrier's registrar with one account, which asks for digest in one algorithm and checks it by itself. */
export class Registrar {
  readonly #wire: Wire;
  readonly #algorithm: DigestAlgorithm;
  readonly #account: { readonly username: string; readonly password: string };
  readonly #realm = "carrier.test";
  #nonces = 1;
  /** How often a registration was accepted; the highest nonce count seen with one nonce. */
  accepted = 0;
  refused = 0;
  removed = 0;
  readonly counts: string[] = [];
  /** Nonces are old after this many uses: then the answer says `stale`. */
  usesMax = Number.POSITIVE_INFINITY;
  #uses = 0;
  /** By the request's branch: who asks again, because an answer was slow, gets the same one and is not counted twice. */
  readonly #answers = new Map<string, string | undefined>();

  static async open(
    address: string,
    algorithm: DigestAlgorithm,
    account: { readonly username: string; readonly password: string },
  ): Promise<Registrar> {
    return new Registrar(await Wire.open(address), algorithm, account);
  }

  private constructor(
    wire: Wire,
    algorithm: DigestAlgorithm,
    account: { readonly username: string; readonly password: string },
  ) {
    this.#wire = wire;
    this.#algorithm = algorithm;
    this.#account = account;
    wire.answerWith((text) => {
      const branch = /;branch=([^;,\s]+)/.exec(header(text, "Via"))?.[1] ?? text;
      if (!this.#answers.has(branch)) this.#answers.set(branch, this.#answer(text));
      return this.#answers.get(branch);
    });
  }

  get port(): number {
    return this.#wire.port;
  }

  close(): void {
    this.#wire.close();
  }

  #answer(text: string): string | undefined {
    if (text.startsWith("SIP/2.0")) return undefined;
    if (!text.startsWith("REGISTER ")) return plainAnswer(text, 200, "OK");
    const given = header(text, "Authorization");
    if (given === "") return this.#challenge(text, false);
    if (digestParameter(given, "nonce") !== this.#nonce()) return this.#challenge(text, true);
    if (!this.#isRight(given)) {
      this.refused += 1;
      return plainAnswer(text, 403, "Forbidden");
    }
    this.#uses += 1;
    this.counts.push(digestParameter(given, "nc"));
    if (this.#uses >= this.usesMax) this.#nonces += 1;
    return this.#accept(text);
  }

  #accept(text: string): string {
    const contact = header(text, "Contact");
    const expires = /expires=(\d+)/.exec(contact)?.[1] ?? (header(text, "Expires") || "300");
    if (Number(expires) === 0) this.removed += 1;
    else this.accepted += 1;
    const bare = contact.replace(/;expires=\d+/, "");
    return plainAnswer(text, 200, "OK", [`Contact: ${bare};expires=${expires}`]);
  }

  #isRight(given: string): boolean {
    const part = (name: string): string => digestParameter(given, name);
    const expected = digestResponse(
      this.#algorithm,
      { ...this.#account, realm: this.#realm },
      { method: "REGISTER", uri: part("uri") },
      { nonce: part("nonce"), nc: part("nc"), cnonce: part("cnonce"), qop: part("qop") },
    );
    return part("response") === expected && part("username") === this.#account.username;
  }

  #nonce(): string {
    return `nonce-${this.#nonces}`;
  }

  #challenge(text: string, stale: boolean): string {
    this.#uses = 0;
    const values = [
      `realm="${this.#realm}"`,
      `nonce="${this.#nonce()}"`,
      `algorithm=${this.#algorithm}`,
      'qop="auth"',
      ...(stale ? ["stale=true"] : []),
    ];
    return plainAnswer(text, 401, "Unauthorized", [`WWW-Authenticate: Digest ${values.join(", ")}`]);
  }
}
