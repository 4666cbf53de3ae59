import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import { HttpProblem } from "./errors.ts";
import { basePathFor } from "./hosts.ts";

const builtFolder = fileURLToPath(new URL("../../../web/dist", import.meta.url));

/**
 * Serves the built web app: hashed files for a year and compressed as they were built, the page itself never cached, and
 * the page for every address of the app.
 */
export async function registerWebApp(http: FastifyInstance, app: App, folder = builtFolder): Promise<void> {
  const page = existsSync(join(folder, "index.html")) ? readFileSync(join(folder, "index.html"), "utf8") : undefined;
  const sendPage = (text: string, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply
      .header("cache-control", "no-cache")
      .type("text/html; charset=utf-8")
      .send(pageBelow(text, basePathFor(app, request.arrival)));
  if (page !== undefined) {
    await http.register(fastifyStatic, {
      root: folder,
      wildcard: true,
      index: false,
      cacheControl: false,
      preCompressed: true,
      setHeaders: (reply, path) => {
        const hashed = /[/\\]assets[/\\]/.test(path);
        void reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
        void reply.header("vary", "accept-encoding");
      },
    });
    for (const path of ["/", "/index.html"])
      http.get(path, { schema: { hide: true } }, (request, reply) => sendPage(page, request, reply));
  }
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    const isPage =
      (request.method === "GET" || request.method === "HEAD") &&
      !path.startsWith("/api/") &&
      !/\.[a-z0-9]{2,5}$/i.test(path);
    if (!isPage) throw new HttpProblem("NOT_FOUND");
    if (page === undefined)
      return reply
        .code(503)
        .type("text/plain; charset=utf-8")
        .send("The web app is not built yet: npm start builds it.\n");
    return sendPage(page, request, reply);
  });
}

/** The page names its files beside itself ("./assets/..."); where they lie for this browser only the server knows. */
export function pageBelow(page: string, base: string): string {
  return page
    .replace('name="centrala-base" content=""', `name="centrala-base" content="${base}"`)
    .replaceAll(/(src|href)="\.?\/(?!\/)/g, `$1="${base}/`);
}
