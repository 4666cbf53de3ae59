import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { HttpProblem } from "./errors.ts";

const builtFolder = fileURLToPath(new URL("../../../web/dist", import.meta.url));

/** Serves the built web app: hashed files for a year, the page itself never cached, and the page for every address of the app. */
export async function registerWebApp(http: FastifyInstance, folder = builtFolder): Promise<void> {
  const built = existsSync(folder);
  if (built) {
    await http.register(fastifyStatic, {
      root: folder,
      wildcard: true,
      index: ["index.html"],
      cacheControl: false,
      setHeaders: (reply, path) => {
        const hashed = /[/\\]assets[/\\]/.test(path);
        void reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  }
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    const page =
      (request.method === "GET" || request.method === "HEAD") &&
      !path.startsWith("/api/") &&
      !/\.[a-z0-9]{2,5}$/i.test(path);
    if (!page) throw new HttpProblem("NOT_FOUND");
    if (!built)
      return reply
        .code(503)
        .type("text/plain; charset=utf-8")
        .send("The web app is not built yet: npm start builds it.\n");
    return reply.header("cache-control", "no-cache").sendFile("index.html");
  });
}
