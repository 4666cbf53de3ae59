import { z } from "zod";
import { errorBodySchema, type RouteName } from "./api/index.ts";
import { floorChangeSchema } from "./floor-change.ts";
import { recordOf } from "./ids.ts";
import { deskQueueSchema, deskViewSchema, floorViewSchema, trunkStateViewSchema } from "./views.ts";

/** Routes of the desk that also go over the open connection: same parameters, bodies, answers, codes, rights and limits. */
export const liveCommands = [
  "acceptOffer",
  "declineOffer",
  "deskState",
  "deskDevice",
  "dial",
  "hangUp",
  "hold",
  "mute",
  "dropParty",
  "sendKeys",
  "transfer",
  "consult",
  "endConsult",
  "pauseRecording",
  "disposition",
  "note",
  "linkCustomer",
  "finishWrapUp",
  "echoTest",
  "testCall",
] as const satisfies readonly RouteName[];
export type LiveCommand = (typeof liveCommands)[number];

/**
 * Messages of the WebSocket `/api/live`. The server numbers what must not be missed with `seq` per stream and keeps the last of
 * it; after a break the client says `resume` with the last number it saw, and gets what it missed. Views are kept by nobody: whoever comes
 * back gets whole ones, and from then on what changed.
 */
export const clientMessageSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("hello"),
    desk: z.boolean(),
    floor: z.boolean(),
    tabId: z.string().max(64),
    resume: z.object({ stream: z.string().max(64), seq: z.int().min(0) }).nullable(),
  }),
  z.object({ kind: z.literal("subscribe"), floor: z.boolean() }),
  /** The standing headset leg: the tab that sends a description last owns it; others get `headsetTaken`. */
  z.object({ kind: z.literal("headsetDescription"), requestId: z.string().max(64), sdp: z.string().max(20_000) }),
  z.object({ kind: z.literal("headsetClose") }),
  z.object({ kind: z.literal("levels"), on: z.boolean() }),
  z.object({ kind: z.literal("pong") }),
  /**
   * A click. They reach the core in the order in which they were sent, and each is answered with `answered`. The id is the
   * client's: a command that is sent again with the same id on the same stream, as after a break of the connection, is not
   * done twice, and its answer comes again.
   */
  z.object({
    kind: z.literal("command"),
    id: z.string().min(1).max(64),
    name: z.enum(liveCommands),
    params: recordOf(z.string().max(32), z.string().max(128), 8).optional(),
    /** Taken by the route's own schema. */
    body: z.unknown().optional(),
  }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** What became of a command: the route's response, or what a refused request has as status and body. */
export const commandOutcomeSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), status: z.int(), error: errorBodySchema }),
]);
export type CommandOutcome = z.infer<typeof commandOutcomeSchema>;

export const serverMessageSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("welcome"),
    stream: z.string(),
    seq: z.number(),
    serverTime: z.number(),
    version: z.string(),
  }),
  z.object({ kind: z.literal("desk"), view: deskViewSchema }),
  /** How a queue of the desk's stands by now, once a second at most; the rest of the desk is as it was. */
  z.object({ kind: z.literal("queue"), queue: deskQueueSchema }),
  z.object({ kind: z.literal("floor"), revision: z.number(), view: floorViewSchema }),
  /** Counts for the picture of revision `from` alone; whoever has another one subscribes again and gets the whole. */
  z.object({
    kind: z.literal("floorChanged"),
    from: z.number(),
    revision: z.number(),
    change: floorChangeSchema,
  }),
  z.object({ kind: z.literal("trunks"), trunks: z.array(trunkStateViewSchema) }),
  z.object({ kind: z.literal("headsetAnswer"), requestId: z.string(), sdp: z.string() }),
  z.object({ kind: z.literal("headsetFailed"), requestId: z.string(), code: z.string() }),
  /** Another tab took the headset over. */
  z.object({ kind: z.literal("headsetTaken") }),
  z.object({ kind: z.literal("level"), customerDbfs: z.number(), operatorDbfs: z.number() }),
  /** Something changed that lists show: reload that list if it is open. */
  z.object({
    kind: z.literal("changed"),
    seq: z.number(),
    what: z.enum(["contacts", "missed", "customers", "config", "imports"]),
  }),
  /** Sent every 10 s; silence of 30 s means the connection is gone. */
  z.object({ kind: z.literal("ping"), serverTime: z.number() }),
  z.object({ kind: z.literal("answered"), id: z.string(), outcome: commandOutcomeSchema }),
  z.object({ kind: z.literal("signedOut") }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;
