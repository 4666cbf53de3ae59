import { z } from "zod";
import { centreKindSchema } from "../config.ts";
import { idSchema, languageSchema } from "../ids.ts";
import { sessionViewSchema } from "../views.ts";
import { builder, done, id, manager, password, route } from "./route.ts";

/** Of an account: with a password; with a link that waits, or has run out; with neither; or switched off. */
export const accountStates = ["active", "invited", "expired", "none", "left"] as const;
export type AccountState = (typeof accountStates)[number];

export const sessionRoutes = {
  setupState: route({
    method: "GET",
    path: "/api/setup",
    access: "public",
    summary: "Whether this installation still waits to be set up",
    response: z.object({ needed: z.boolean(), version: z.string() }),
  }),
  setup: route({
    method: "POST",
    path: "/api/setup",
    access: "public",
    summary: "Creates the centre and its first manager; needs the one-time link's token",
    body: z.object({
      token: z.string().max(128),
      centre: z.object({
        name: z.string().trim().min(1).max(120),
        kind: centreKindSchema,
        country: z.string().regex(/^[A-Z]{2}$/),
        timeZone: z.string().max(64),
        language: languageSchema,
        recordingNotice: z.boolean(),
        recordCalls: z.boolean(),
        recordingRetentionDays: z.int().min(1).max(3650),
      }),
      manager: z.object({
        name: z.string().trim().min(1).max(120),
        login: z.string().trim().min(1).max(120),
        password,
      }),
    }),
    response: sessionViewSchema,
  }),
  setupLink: route({
    method: "POST",
    path: "/api/setup/link",
    access: "public",
    summary: "Whether a set-up link's token would be taken, before anything is filled in",
    body: z.object({ token: z.string().max(128) }),
    response: z.object({ works: z.boolean() }),
  }),
  signIn: route({
    method: "POST",
    path: "/api/session",
    access: "public",
    summary: "Signs in",
    body: z.object({ login: z.string().trim().min(1).max(120), password: z.string().min(1).max(256) }),
    response: sessionViewSchema,
  }),
  session: route({
    method: "GET",
    path: "/api/session",
    access: "user",
    summary: "Who is signed in",
    response: sessionViewSchema,
  }),
  signOut: route({ method: "DELETE", path: "/api/session", access: "user", summary: "Signs out", response: done }),
  changePassword: route({
    method: "POST",
    path: "/api/session/password",
    access: "user",
    summary: "Changes one's own password",
    body: z.object({ current: z.string().max(256), next: password }),
    response: done,
  }),
  changeLanguage: route({
    method: "POST",
    path: "/api/session/language",
    access: "user",
    summary: "Changes one's own language",
    body: z.object({ language: languageSchema }),
    response: done,
  }),
  guideLeaveOut: route({
    method: "POST",
    path: "/api/guide",
    access: manager,
    summary: "Leaves a step of the guide out; steps that are done are seen by what the centre has",
    body: z.object({ step: z.enum(["headset", "testCall", "colleagues", "customers", "number"]) }),
    response: done,
  }),
  invite: route({
    method: "POST",
    path: "/api/users/:id/invitation",
    access: manager,
    summary: "A link by which a colleague sets a password; the old one stops working",
    params: id,
    response: z.object({ url: z.string(), expiresAt: z.number() }),
  }),
  accounts: route({
    method: "GET",
    path: "/api/users/accounts",
    access: builder,
    summary: "Who has a password, who has a link that waits or has run out, and when they were here last",
    response: z.object({
      items: z.array(
        z.object({
          userId: idSchema,
          state: z.enum(accountStates),
          /** Of the latest link that nobody used yet. */
          invitedUntil: z.number().nullable(),
          seenAt: z.number().nullable(),
        }),
      ),
    }),
  }),
  invitation: route({
    method: "GET",
    path: "/api/invitations/:token",
    access: "public",
    summary: "Whose invitation this is",
    params: z.object({ token: z.string().max(128) }),
    response: z.object({ name: z.string(), login: z.string(), centre: z.string(), language: languageSchema }),
  }),
  acceptInvitation: route({
    method: "POST",
    path: "/api/invitations/:token",
    access: "public",
    summary: "Sets the password and signs in",
    params: z.object({ token: z.string().max(128) }),
    body: z.object({ password }),
    response: sessionViewSchema,
  }),
} as const;
