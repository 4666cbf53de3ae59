import { z } from "zod";
import { centreSchema } from "../config.ts";
import { idSchema, languageSchema, recordOf } from "../ids.ts";
import { outgoingSchema } from "../outgoing.ts";
import { trunkStateViewSchema } from "../views.ts";
import { anyEntity, builder, done, id, kindParam, manager, problem, route } from "./route.ts";

const planChange = z.object({
  action: z.enum(["create", "change", "remove"]),
  kind: z.string(),
  id: z.string(),
  fields: z.array(z.string()),
});

/** Recordings that a shorter retention makes due: from when on they go to the trash, and from when on they are gone for good. */
const deletes = z.object({ recordings: z.number(), days: z.number(), from: z.number(), goneFrom: z.number() });

export const configRoutes = {
  centre: route({
    method: "GET",
    path: "/api/centre",
    access: "user",
    summary: "The centre's own settings",
    response: centreSchema,
  }),
  changeCentre: route({
    method: "PUT",
    path: "/api/centre",
    access: manager,
    summary:
      "Changes the centre's own settings; a shorter retention that makes recordings due is refused as WOULD_DELETE unless `deletes` is at least their number",
    query: z.object({ deletes: z.coerce.number().int().min(0).max(1_000_000_000).optional() }),
    /** Limits of calls out that are left out stay as they are. */
    body: centreSchema.extend({ outgoing: outgoingSchema.optional() }),
    response: centreSchema,
  }),
  /** Secrets are never in an answer: `hasPassword` stands where one is stored. */
  entities: route({
    method: "GET",
    path: "/api/config/:kind",
    access: "user",
    summary: "All entities of a kind",
    params: kindParam,
    response: z.object({ items: z.array(anyEntity), version: z.number() }),
  }),
  putEntity: route({
    method: "PUT",
    path: "/api/config/:kind/:id",
    access: builder,
    summary: "Creates or changes an entity",
    params: kindParam.extend({ id: idSchema }),
    body: anyEntity,
    bodyBytesMax: 1_000_000,
    response: anyEntity,
  }),
  removeEntity: route({
    method: "DELETE",
    path: "/api/config/:kind/:id",
    access: builder,
    summary: "Removes an entity that nothing refers to",
    params: kindParam.extend({ id: idSchema }),
    response: done,
  }),
  uploadPrompt: route({
    method: "POST",
    path: "/api/prompts/:id/audio",
    access: builder,
    summary: "Uploads or records a prompt: WAV (PCM or G.711), any rate; at most 10 MB",
    params: id,
    upload: true,
    response: z.object({ durationMs: z.number(), sha256: z.string(), clipped: z.boolean(), levelDbfs: z.number() }),
  }),
  promptAudio: route({
    method: "GET",
    path: "/api/prompts/:id/audio",
    access: "user",
    summary: "A prompt's audio",
    params: id,
    download: true,
    response: z.unknown(),
  }),
  soundAudio: route({
    method: "GET",
    path: "/api/sounds/:language/:name",
    access: "user",
    summary: "A shipped sound",
    params: z.object({ language: languageSchema, name: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
    download: true,
    response: z.unknown(),
  }),
  sounds: route({
    method: "GET",
    path: "/api/sounds",
    access: "user",
    summary: "The shipped sounds with their texts",
    response: z.object({
      items: z.array(z.object({ name: z.string(), texts: z.record(z.string(), z.string()) })),
      music: z.array(z.string()),
    }),
  }),
  trunkStates: route({
    method: "GET",
    path: "/api/trunks/states",
    access: "user",
    summary: "Live state of the carrier lines",
    response: z.object({ items: z.array(trunkStateViewSchema) }),
  }),
  deviceCredentials: route({
    method: "POST",
    path: "/api/devices/:id/password",
    access: builder,
    summary: "Gives a SIP phone a new password, shown once with all it needs",
    params: id,
    response: z.object({
      username: z.string(),
      password: z.string(),
      server: z.string(),
      port: z.number(),
      transport: z.string(),
    }),
  }),
  plan: route({
    method: "POST",
    path: "/api/centre-file/plan",
    access: builder,
    summary: "What a centre file would change",
    body: z.object({ yaml: z.string().max(4_000_000) }),
    bodyBytesMax: 8_500_000,
    response: z.object({ changes: z.array(planChange), problems: z.array(problem), deletes: deletes.nullable() }),
  }),
  apply: route({
    method: "POST",
    path: "/api/centre-file/apply",
    access: builder,
    summary:
      "Brings the centre to what the file says; a shorter retention that makes recordings due is refused as WOULD_DELETE unless `deletes` is at least their number",
    body: z.object({
      yaml: z.string().max(4_000_000),
      secrets: recordOf(z.string().max(1_100), z.string().max(1_000), 2_000).optional(),
      deletes: z.int().min(0).max(1_000_000_000).optional(),
    }),
    bodyBytesMax: 8_500_000,
    response: z.object({ changes: z.array(planChange), problems: z.array(problem), version: z.number() }),
  }),
  exportCentre: route({
    method: "GET",
    path: "/api/centre-file",
    access: builder,
    summary: "The centre as a file, without secrets",
    query: z.object({ customers: z.enum(["yes", "no"]).optional() }),
    download: true,
    response: z.unknown(),
  }),
} as const;
