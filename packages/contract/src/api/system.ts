import { z } from "zod";
import { auditKinds } from "../audit.ts";
import { roleSchema } from "../config.ts";
import { idSchema, instantSchema } from "../ids.ts";
import { refusalReasonSchema } from "../refusals.ts";
import { saidSchema } from "../said.ts";
import { floorViewSchema } from "../views.ts";
import { builder, done, id, list, manager, page, route, seer } from "./route.ts";

const noticeSchema = z.discriminatedUnion("code", [
  z.object({ code: z.enum(["DISK_LOW", "DISK_SHORT", "DISK_FULL"]), freeBytes: z.number() }),
  z.object({ code: z.enum(["CLOCK_AHEAD", "CLOCK_BEHIND"]), newestAt: z.number(), now: z.number() }),
  z.object({ code: z.literal("DATABASE_STUCK") }),
  z.object({
    code: z.literal("RETENTION_SHORTENED"),
    at: z.number(),
    by: z.string(),
    days: z.number(),
    recordings: z.number(),
  }),
]);
export type Notice = z.infer<typeof noticeSchema>;

export const systemRoutes = {
  floor: route({
    method: "GET",
    path: "/api/floor",
    access: seer,
    summary: "Who is in which state, what waits",
    response: floorViewSchema,
  }),
  floorState: route({
    method: "POST",
    path: "/api/floor/operators/:id/state",
    access: seer,
    summary: "Changes an operator's state",
    params: id,
    body: z.object({ to: z.enum(["available", "break", "offline"]) }),
    response: done,
  }),
  system: route({
    method: "GET",
    path: "/api/system",
    access: builder,
    summary: "Addresses, ports, certificate, disk, and whether the machine can be reached from outside",
    response: z.object({
      version: z.string(),
      localAddresses: z.array(z.string()),
      publicAddress: z.string().nullable(),
      publicAddressFrom: z.enum(["setting", "learnt", "none"]),
      reachable: z.enum(["yes", "no", "unknown"]),
      reachableWhy: z.string(),
      reachableSaid: saidSchema,
      sipPort: z.number(),
      sipsPort: z.number(),
      rtpPorts: z.string(),
      httpsUrl: z.string(),
      httpUrl: z.string(),
      certificate: z.object({
        kind: z.enum(["local", "given"]),
        validUntil: z.number(),
        authorityFingerprint: z.string().nullable(),
      }),
      disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }),
      database: z.string(),
      databaseSaid: saidSchema,
    }),
  }),
  notices: route({
    method: "GET",
    path: "/api/notices",
    access: "user",
    summary:
      "What everybody must know of disk, clock, database and deleted recordings; worst first, as far as it concerns the role",
    response: z.object({ items: z.array(noticeSchema) }),
  }),
  confirmClock: route({
    method: "POST",
    path: "/api/system/clock",
    access: builder,
    summary: "A person has looked: the machine's clock is right, and deleting may go on",
    response: done,
  }),
  authority: route({
    method: "GET",
    path: "/api/system/authority.crt",
    access: "public",
    summary: "The local certificate authority, to be trusted by a second computer",
    download: true,
    response: z.unknown(),
  }),
  doctor: route({
    method: "GET",
    path: "/api/system/doctor",
    access: builder,
    summary: "Checks ports, addresses, certificate, disk and trunks",
    response: z.object({
      checks: z.array(
        z.object({
          id: z.string(),
          ok: z.boolean(),
          title: z.string(),
          detail: z.string(),
          mend: z.string().nullable(),
          /** The same three sentences by code, for screens in other languages. */
          said: z.object({ title: saidSchema, detail: saidSchema, mend: saidSchema.nullable() }),
        }),
      ),
    }),
  }),
  refusals: route({
    method: "GET",
    path: "/api/system/refusals",
    access: builder,
    summary: "The last SIP requests that were refused, why, and what to do; whose passwords are not tried for now",
    response: z.object({
      items: z.array(
        z.object({
          reason: refusalReasonSchema,
          /** SIP status; null when nothing was answered. */
          status: z.number().nullable(),
          method: z.string(),
          source: z.string(),
          transport: z.string(),
          trunkId: z.string().nullable(),
          deviceId: z.string().nullable(),
          account: z.string().nullable(),
          called: z.string().nullable(),
          detail: z.string(),
          count: z.number(),
          firstAt: z.number(),
          lastAt: z.number(),
          what: z.string(),
          mend: z.string(),
          said: z.object({ what: saidSchema, mend: saidSchema }),
        }),
      ),
      pauses: z.array(
        z.object({ kind: z.enum(["source", "account"]), name: z.string(), until: z.number(), failures: z.number() }),
      ),
    }),
  }),
  tokens: route({
    method: "GET",
    path: "/api/tokens",
    access: manager,
    summary: "Machine tokens",
    response: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          roles: z.array(roleSchema),
          createdAt: z.number(),
          lastUsedAt: z.number().nullable(),
          /** Null: made before tokens had an end. */
          expiresAt: z.number().nullable(),
          /** Name of the person with whom it ends; null for one that a command made. */
          maker: z.string().nullable(),
          /** Its time is over, or its maker may no longer what it may. */
          ended: z.boolean(),
        }),
      ),
    }),
  }),
  createToken: route({
    method: "POST",
    path: "/api/tokens",
    access: manager,
    summary: "A new machine token, shown once",
    body: z.object({
      name: z.string().trim().min(1).max(120),
      roles: z.array(roleSchema).min(1).max(4),
      expiresInDays: z.int().min(1).max(365).default(90),
    }),
    response: z.object({ id: z.string(), token: z.string(), expiresAt: z.number() }),
  }),
  audit: route({
    method: "GET",
    path: "/api/audit",
    access: manager,
    summary: "Who did what to what, newest first",
    query: z.object({
      ...list,
      /** A person's id, `token:` and a token's id, `cli` or `stranger`. */
      who: idSchema.optional(),
      what: z.enum(auditKinds).optional(),
      from: instantSchema.optional(),
      to: instantSchema.optional(),
    }),
    response: page(
      z.object({
        id: z.number(),
        at: z.number(),
        who: z.string(),
        /** Null when nobody of that id is known any more. */
        whoName: z.string().nullable(),
        by: z.enum(["person", "token", "command", "stranger"]),
        what: z.string(),
        target: z.string(),
        targetName: z.string().nullable(),
        detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    ),
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/api/tokens/:id",
    access: manager,
    summary: "Revokes a machine token",
    params: id,
    response: done,
  }),
} as const;
