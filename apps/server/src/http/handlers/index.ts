import type { Handlers } from "../handler.ts";
import { bulkHandlers } from "./bulk.ts";
import { configHandlers } from "./config.ts";
import { contactHandlers } from "./contacts.ts";
import { customerHandlers } from "./customers.ts";
import { deskHandlers } from "./desk.ts";
import { exportHandlers } from "./exports.ts";
import { holidayHandlers } from "./holidays.ts";
import { importHandlers } from "./imports.ts";
import { outgoingHandlers } from "./outgoing.ts";
import { sessionHandlers } from "./session.ts";
import { soundHandlers } from "./sounds.ts";
import { systemHandlers } from "./system.ts";

/** One handler for every route of the contract; the compiler refuses a route that was forgotten. */
export const handlers: Handlers = {
  ...sessionHandlers,
  ...configHandlers,
  ...soundHandlers,
  ...customerHandlers,
  ...importHandlers,
  ...holidayHandlers,
  ...bulkHandlers,
  ...contactHandlers,
  ...exportHandlers,
  ...deskHandlers,
  ...outgoingHandlers,
  ...systemHandlers,
};
