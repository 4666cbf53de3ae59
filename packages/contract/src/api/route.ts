import { z } from "zod";
import { entitySchemas } from "../config.ts";
import { idSchema } from "../ids.ts";
import { saidParamsSchema } from "../said.ts";

/** Who may call a route: anyone, anyone signed in, or one of the roles. A manager may all that an operator, supervisor and technician may. */
export type Access = "public" | "user" | readonly ("operator" | "supervisor" | "manager" | "technician")[];

export type Route = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The largest body that is read, 256 kB unless told. */
  readonly bodyBytesMax?: number;
  readonly response: z.ZodType;
  /** The body is multipart/form-data with one file in the field "file". */
  readonly upload?: boolean;
  /** The answer is a file, not JSON. */
  readonly download?: boolean;
};
export const route = <const R extends Route>(value: R): R => value;

export const done = z.object({ ok: z.literal(true) });
export const id = z.object({ id: idSchema });
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });
export const list = {
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
};
export const anyEntity = z.record(z.string(), z.unknown());
export const kindParam = z.object({
  kind: z.enum(Object.keys(entitySchemas) as [keyof typeof entitySchemas, ...(keyof typeof entitySchemas)[]]),
});
export const operator: Access = ["operator", "supervisor", "manager"];
export const seer: Access = ["supervisor", "manager"];
export const builder: Access = ["manager", "technician"];
export const manager: Access = ["manager"];
export const password = z.string().min(10).max(256);
export const problem = z.object({
  path: z.string(),
  line: z.number().nullable(),
  message: z.string(),
  code: z.string(),
  /** Values of the sentence that `code` names. */
  params: saidParamsSchema.optional(),
});
