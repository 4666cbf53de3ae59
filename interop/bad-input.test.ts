import { readFileSync } from "node:fs";
import { join } from "node:path";
import { routes } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieOf, password, startCentre, type TestCentre } from "./support/centre.ts";
import { addFlow, furnish } from "./support/fixtures.ts";
import { parties } from "./support/ports.ts";
import { temporaryFolder } from "./support/sounds.ts";

/** Digits that stand nowhere by chance. */
const card = "918273645546372819";
const secrets = {
  "the manager's password": password,
  "a telephone's password": "secret-of-anna",
  "a carrier's password": "carrier-secret-6d1f",
  "digits of a sensitive step": card,
};
const residentMbMax = 700;

let centre: TestCentre;
let cookie: string;
const folder = temporaryFolder("bad-input");
const collectNumber = "+35924000006";

beforeAll(async () => {
  centre = await startCentre({ log: "debug" });
  await furnish(centre);
  await centre.hire("anna");
  const signedIn = await centre.request("POST", "/api/session", { login: "anna", password });
  cookie = cookieOf(signedIn.headers);
  await centre.change("trunk", "carrier", {
    sources: [parties.carrier, "127.0.0.1"],
    registration: { username: "me", password: secrets["a carrier's password"] },
  });
  await addFlow(centre, "card", collectNumber, {
    first: {
      kind: "collect",
      prompts: [{ kind: "sound", name: "greeting" }],
      into: "card",
      keysMin: card.length,
      keysMax: card.length,
      sensitive: true,
      next: "wait",
      otherwise: null,
    },
    wait: { kind: "wait", durationMs: 60_000, next: null },
  });
});
afterAll(async () => {
  await centre?.close();
  folder.remove();
});

function residentMb(): number {
  const text = readFileSync(`/proc/${centre.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1_024;
}

/** Values that schemas, paths, databases and renderers stumble over. */
const oddities: readonly unknown[] = [
  null,
  [],
  {},
  -1,
  1e300,
  true,
  "",
  " ",
  "\u0000",
  "\ud800",
  "../../etc/passwd",
  "'; DROP TABLE contact; --",
  "%00",
  "x".repeat(5_000),
  "<script>",
  { $gt: "" },
  [[[[[[]]]]]],
  { constructor: { prototype: {} } },
  "2026-13-45",
  "NaN",
];

function odd(random: SeededRandom): unknown {
  return oddities[random.below(oddities.length)];
}

function oddBody(random: SeededRandom): string {
  const names = [
    "id",
    "name",
    "login",
    "password",
    "number",
    "to",
    "token",
    "text",
    "roles",
    "items",
    "steps",
    "version",
    "limit",
  ];
  const fields = Array.from({ length: random.below(6) }, () => [
    names[random.below(names.length)] ?? "id",
    odd(random),
  ]);
  const text = JSON.stringify(random.below(4) === 0 ? odd(random) : Object.fromEntries(fields));
  return random.below(5) === 0 ? text.slice(0, random.below(text.length + 1)) : text;
}

function oddPath(path: string, random: SeededRandom): string {
  const filled = path.replace(
    /:[A-Za-z]+/g,
    () => encodeURIComponent(wellFormed(String(odd(random)))).slice(0, 300) || "x",
  );
  return random.below(2) === 0
    ? filled
    : `${filled}?limit=${encodeURIComponent(wellFormed(String(odd(random)))).slice(0, 300)}&cursor=%ff`;
}

function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/g, "?");
}

describe("whatever comes in by HTTP", () => {
  it("is answered with a code, never with 500 or a stack trace, on every route, for a manager and for an operator", async () => {
    const random = new SeededRandom(815);
    const faults: string[] = [];
    for (const route of Object.values(routes)) {
      // Signing out would end the session the test lives on.
      if (route.method === "DELETE" && route.path === "/api/session") continue;
      for (let round = 0; round < 6; round += 1) {
        const path = oddPath(route.path, random);
        const body = route.method === "GET" ? undefined : oddBody(random);
        const response = await fetch(`${centre.url}${path}`, {
          method: route.method,
          headers: {
            origin: centre.url,
            cookie: round % 2 === 0 ? centre.manager : cookie,
            ...(body === undefined
              ? {}
              : { "content-type": round === 5 ? "application/octet-stream" : "application/json" }),
          },
          body,
          redirect: "manual",
        });
        const text = await response.text();
        if (response.status >= 500 && response.status !== 503)
          faults.push(`${route.method} ${path} ${body ?? ""}: ${response.status} ${text}`);
        if (/\n\s+at |node:internal|\.ts:\d+/.test(text)) faults.push(`${route.method} ${path}: ${text.slice(0, 200)}`);
      }
    }
    expect(faults).toEqual([]);
  });

  it("leaves the server up and small", async () => {
    expect((await centre.request("GET", "/readyz")).status).toBe(200);
    expect(residentMb()).toBeLessThan(residentMbMax);
    expect(centre.output).not.toMatch(/\n\s+at .*:\d+:\d+|"stack":/);
  });
});

describe("secrets", () => {
  it("digits of a sensitive step, passwords and tokens reach neither logs nor journal, export or metrics", async () => {
    const called = await centre.command(
      "call",
      centre.uri(collectNumber),
      "--from",
      "+359881000099",
      "--keys",
      card,
      "--seconds",
      "9",
    );
    expect(called.code, called.output).toBe(0);
    const { id } = await centre.ended("+359881000099");
    const token = (await centre.command("token", "probe")).output.trim();
    const read = await centre.request("GET", "/api/system", undefined, { authorization: `Bearer ${token}` });
    const signedIn = await centre.request("POST", "/api/session", { login: "boss", password });
    expect([read.status, signedIn.status]).toEqual([200, 200]);
    const backup = join(folder.path, "centre.backup");
    await centre.command("backup", backup);
    const places = {
      log: centre.output,
      export: (await centre.command("export", "--customers")).output,
      ladder: (await centre.command("ladder", id)).output,
      contact: JSON.stringify(await centre.contact(id)),
      metrics: await centre.metrics(),
      tables: readFileSync(backup, "latin1"),
      config: JSON.stringify([
        await centre.api("GET", "/api/config/trunk"),
        await centre.api("GET", "/api/config/device"),
      ]),
    };
    const sought = { ...secrets, "a machine token": token, "a session's cookie": centre.manager.split("=")[1] ?? "-" };
    const found = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(sought)
        .filter(([, secret]) => text.includes(secret))
        .map(([name]) => `${name} in ${place}`),
    );
    expect(found).toEqual([]);
    expect(places.ladder).toContain('"stepId":"wait"');
  });
});
