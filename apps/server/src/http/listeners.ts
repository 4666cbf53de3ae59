import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Settings } from "../settings/schema.ts";
import type { ServerCertificate } from "./certificates.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

const limits = { requestTimeout: 60_000, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 };
/** A telephone or browser is through with it in well under a second. */
const handshakeTimeout = 10_000;
const closingMsMax = 5_000;
const unreadable: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** The two doors of the house: plain HTTP for this machine, HTTPS for everyone else; behind both the same routes. */
export class Listeners {
  /** Set before the doors are opened. */
  answer: Answer = (_request, response) => response.destroy();
  readonly plain: Server;
  readonly #secure: ReturnType<typeof createHttpsServer> | null;

  readonly #basePath: string;

  /** @param basePath below which a proxy may hand requests on as they came ("/centrala"); empty for none */
  constructor(certificate: ServerCertificate | null, basePath: string) {
    this.#basePath = basePath;
    const answer: Answer = (request, response) => this.answer(this.#below(request), response);
    this.plain = createHttpServer(limits, answer);
    this.#secure =
      certificate === null
        ? null
        : createHttpsServer(
            { ...limits, handshakeTimeout, key: certificate.keyPem, cert: certificate.certPem },
            answer,
          );
    for (const server of this.#all()) server.on("clientError", refuse);
  }

  onConnection(take: (socket: Socket) => void): void {
    for (const server of this.#all()) server.on("connection", take);
  }

  onUpgrade(upgrade: Upgrade): void {
    for (const server of this.#all())
      server.on("upgrade", (request, socket, head) => upgrade(this.#below(request), socket, head));
  }

  /** Whether the proxy takes the base path off or leaves it on, the routes know nothing of it. */
  #below(request: IncomingMessage): IncomingMessage {
    const { url = "/" } = request;
    const rest = url.slice(this.#basePath.length);
    if (this.#basePath === "" || !url.startsWith(this.#basePath) || !/^($|[/?])/.test(rest)) return request;
    request.url = rest.startsWith("/") ? rest : `/${rest}`;
    return request;
  }

  setCertificate(certificate: ServerCertificate): void {
    this.#secure?.setSecureContext({ key: certificate.keyPem, cert: certificate.certPem });
  }

  /** Opens both. Rejects with code PORT_TAKEN and one line that names the setting. */
  async open({
    bind,
    httpPort,
    httpsPort,
  }: Settings): Promise<{ readonly httpPort: number; readonly httpsPort: number | null }> {
    const first = await listen(this.plain, bind, httpPort, "CENTRALA_HTTP_PORT");
    const second = this.#secure === null ? null : await listen(this.#secure, bind, httpsPort, "CENTRALA_HTTPS_PORT");
    return { httpPort: first, httpsPort: second };
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map(closeServer));
  }

  #all(): Server[] {
    return this.#secure === null ? [this.plain] : [this.plain, this.#secure];
  }
}

/** What was not understood is told why, as far as the other side still listens, and costs its connection. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = unreadable[error.code ?? ""];
  if (status === undefined || !socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function listen(server: Server, host: string, port: number, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      const why = error.code === "EACCES" ? "may not be opened by this user" : "is taken by another program";
      reject(
        taken
          ? Object.assign(new Error(`port ${port} ${why}; choose another with ${setting}`), { code: "PORT_TAKEN" })
          : error,
      );
    };
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), closingMsMax).unref();
  });
}
