import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { clientMessageSchema, entitySchemas, type Route, routes } from "./index.ts";

type Inner = {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
};
type Check = {
  readonly _zod: { readonly def: { readonly check: string; readonly maximum?: number; readonly pattern?: RegExp } };
};

/** Whether a pattern that is anchored at both ends repeats nothing without end. */
function endsSoon(pattern: RegExp): boolean {
  const plain = pattern.source.replaceAll(/\\./g, "x").replaceAll(/\[[^\]]*\]/g, "x");
  return plain.startsWith("^") && plain.endsWith("$") && !/[*+]|\{\d+,\}/.test(plain);
}

/** Paths at which a request could hold more than the schema says. */
function unbounded(schema: z.ZodType, path: string): string[] {
  const def = schema._zod.def as unknown as Inner;
  const checks = ((schema._zod.def as { readonly checks?: readonly unknown[] }).checks ?? []) as readonly Check[];
  const patterns = checks.flatMap(({ _zod }) => _zod.def.pattern ?? []);
  const hasLengthMax = checks.some(({ _zod }) => ["max_length", "length_equals"].includes(_zod.def.check));
  const into = (inner: z.ZodType | undefined, step = ""): string[] =>
    inner === undefined ? [] : unbounded(inner, `${path}${step}`);
  switch (def.type) {
    case "string":
      return hasLengthMax || patterns.some(endsSoon) ? [] : [`${path}: string`];
    case "number": {
      const { minValue, maxValue } = schema as z.ZodNumber;
      return Number.isFinite(minValue) && Number.isFinite(maxValue) ? [] : [`${path}: number`];
    }
    case "array":
      return [...(hasLengthMax ? [] : [`${path}: array`]), ...into(def.element, "[]")];
    case "record": {
      const max = (schema.meta() as { readonly maxProperties?: number } | undefined)?.maxProperties;
      const own = max === undefined ? [`${path}: record`] : [];
      return [...own, ...into(def.keyType, "<key>"), ...into(def.valueType, "<value>")];
    }
    case "object":
      return Object.entries((schema as z.ZodObject).shape).flatMap(([key, inner]) =>
        into(inner as z.ZodType, `.${key}`),
      );
    case "union":
      return (def.options ?? []).flatMap((option) => into(option));
    case "intersection":
      return [...into(def.left), ...into(def.right)];
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "readonly":
      return into(def.innerType);
    case "pipe":
      return into(def.in);
    case "enum":
    case "literal":
    case "boolean":
    case "null":
      return [];
    default:
      return [`${path}: ${def.type}`];
  }
}

/** What a command carries is taken by its route's own schema, which is walked as well. */
const takenByRoute = ["live.body: unknown"];
/** An entity's body is taken by its kind's own schema, which is walked beside the routes. */
const checkedByKind = ["putEntity.body: record", "putEntity.body<key>: string", "putEntity.body<value>: unknown"];

describe("bounds of what strangers send", () => {
  it("every text, list, number and map of every request has an end", () => {
    const open = Object.entries(routes as Record<string, Route>).flatMap(([name, route]) =>
      (["params", "query", "body"] as const).flatMap((part) =>
        route[part] === undefined ? [] : unbounded(route[part], `${name}.${part}`),
      ),
    );
    expect(open).toEqual(checkedByKind);
  });

  it("so has every entity of the configuration", () => {
    expect(Object.entries(entitySchemas).flatMap(([kind, schema]) => unbounded(schema, kind))).toEqual([]);
  });

  it("so has every message of a live connection", () => {
    expect(unbounded(clientMessageSchema, "live")).toEqual(takenByRoute);
  });

  it("what has no end is found", async () => {
    const { z: zod } = await import("zod");
    const loose = zod.object({
      text: zod.string().nullable(),
      pattern: zod.string().regex(/^[a-z]+$/),
      items: zod.array(zod.boolean()).optional(),
      count: zod.number().default(0),
      map: zod.record(zod.string().length(3), zod.boolean()),
      any: zod.unknown(),
    });
    expect(unbounded(loose, "x")).toEqual([
      "x.text: string",
      "x.pattern: string",
      "x.items: array",
      "x.count: number",
      "x.map: record",
      "x.any: unknown",
    ]);
  });

  it("an id is at most 64 letters, digits and a few marks", () => {
    const body = routes.dial.body;
    const dial = (customerId: unknown) =>
      body.safeParse({ target: { kind: "number", number: "1" }, customerId }).success;
    expect([null, "0195a-f", "c12-1", "x".repeat(64)].map(dial)).toEqual([true, true, true, true]);
    expect(["", "x".repeat(65), "x".repeat(40_000), "a b", "a\u0000", "имя", 7].map(dial)).toEqual(
      Array.from({ length: 7 }, () => false),
    );
  });

  it("moments are whole numbers", () => {
    const from = (value: string) => routes.contacts.query.safeParse({ from: value }).success;
    expect(["0", "1700000000000"].map(from)).toEqual([true, true]);
    expect(["0.5", "1e308", "-1", "NaN", "Infinity", "x"].map(from)).toEqual(Array.from({ length: 6 }, () => false));
  });
});
