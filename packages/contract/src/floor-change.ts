import { z } from "zod";
import { floorOperatorSchema, floorQueueSchema, floorViewSchema, floorWaitingSchema } from "./views.ts";

const gone = z.array(z.string());

/**
 * From one picture of the floor to the next: of rows that changed the fields that are others now, rows that are new whole
 * and last, and who is gone.
 */
export const floorChangeSchema = z
  .object({
    operators: z.object({ put: z.array(floorOperatorSchema.partial().required({ id: true })), gone }),
    queues: z.object({ put: z.array(floorQueueSchema.partial().required({ id: true })), gone }),
    waiting: z.object({ put: z.array(floorWaitingSchema.partial().required({ contactId: true })), gone }),
    calls: z.number(),
    trunks: floorViewSchema.shape.trunks,
    outgoing: floorViewSchema.shape.outgoing,
  })
  .partial();
export type FloorChange = z.infer<typeof floorChangeSchema>;
