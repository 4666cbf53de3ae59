import { say } from "@centrala/contract";
import type { FastifyInstance } from "fastify";
import { HttpProblem } from "./errors.ts";

/** A page of ours sends a few kB; routes that need more say so. */
export const jsonBytesMaxDefault = 256 * 1024;
const depthMax = 32;
/** A queue of 5,000 operators or a call flow of 500 steps stays well below. */
const valuesMax = 100_000;

/**
 * Takes JSON bodies only, and looks at their shape before they are read: what is nested deeply or of very many parts costs
 * the one thread that signals calls far more time and memory than its bytes.
 */
export function takeBodies(http: FastifyInstance): void {
  const parse = http.getDefaultJsonParser("error", "error");
  http.removeContentTypeParser(["application/json", "text/plain"]);
  http.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const bytes = body as Buffer;
    if (!hasModestShape(bytes)) return done(new HttpProblem("INPUT_INVALID", { said: say("BODY_TOO_COMPLEX") }));
    return parse(request, bytes.toString("utf8"), done);
  });
  http.addHook("onRequest", async (request) => {
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding.toLowerCase() !== "identity") throw new HttpProblem("UNSUPPORTED_FILE", { said: say("BODY_ENCODED") });
  });
}

const [quote, backslash, comma, openList, closeList, openObject, closeObject] = [...'"\\,[]{}'].map((letter) =>
  letter.charCodeAt(0),
) as [number, number, number, number, number, number, number];

/** Whether a JSON text is nested at most 32 deep and of at most 100,000 parts. Says nothing of whether it is JSON at all. */
export function hasModestShape(json: Uint8Array): boolean {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at]) {
      case quote:
        at = endOfText(json, at);
        break;
      case openList:
      case openObject:
        depth += 1;
        values += 1;
        break;
      case closeList:
      case closeObject:
        depth -= 1;
        break;
      case comma:
        values += 1;
        break;
      default:
        continue;
    }
    if (depth > depthMax || values > valuesMax) return false;
  }
  return true;
}

/** Where the text ends that begins with the quote at `from`; the end of everything where it has none. */
function endOfText(json: Uint8Array, from: number): number {
  for (let at = from + 1; at < json.length; at += 1) {
    if (json[at] === backslash) at += 1;
    else if (json[at] === quote) return at;
  }
  return json.length;
}
