import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import { type TraceInput, type TraceRepository, tracesPerContactMax } from "../port.ts";
import { cleanText, toJson } from "../text.ts";
import type { Context } from "./context.ts";

const textMax = 8_192;
/** So many characters are packed together: whoever reads one contact's messages unpacks all of its chunks. */
const chunkTextMax = 256 * 1_024;
/** A third of a chunk's size, eight times smaller than the messages; higher levels cost more and save little. */
const level = 3;
const pack = promisify<Buffer, { level: number }, Buffer>(deflateRaw);
const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);
/** A character has six bytes at most in JSON. */
const unpackedMax = (chunkTextMax + textMax) * 6;

/** SIP messages for the ladder: packed by the moment, found by contact. */
export function createTraces({ db }: Context): TraceRepository {
  return {
    append: async (centreId, messages) => {
      for (const { at, contactIds, parts } of chunksOf(messages)) {
        const packed = await pack(Buffer.from(`[${parts.join(",")}]`), { level });
        const text = "SELECT append_traces($1::uuid, $2, $3, $4)";
        await db.write("append-traces", text, centreId, [[...contactIds], at, packed]);
      }
    },
    ofContact: async (centreId, contactId) => {
      const rows = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("sip_trace as t")
          .leftJoin("sip_trace_chunk as c", (join) =>
            join.onRef("c.centre_id", "=", "t.centre_id").onRef("c.id", "=", "t.chunk_id"),
          )
          .select(["t.messages", "c.packed"])
          .where("t.centre_id", "=", centreId)
          .where("t.contact_id", "=", cleanText(contactId))
          .orderBy("t.id")
          .limit(tracesPerContactMax)
          .execute(),
      );
      const found: TraceInput[] = [];
      for (const { messages, packed } of rows) {
        if (found.length >= tracesPerContactMax) break;
        if (messages !== null) found.push(...readRow(contactId, messages));
        if (packed !== null) found.push(...(await readChunk(cleanText(contactId), packed)));
      }
      return found.slice(0, tracesPerContactMax);
    },
    deleteBefore: (centreId, at) =>
      db.inCentre(centreId, async (trx) => {
        await trx.deleteFrom("sip_trace_chunk").where("centre_id", "=", centreId).where("at", "<", at).execute();
        const gone = await trx
          .deleteFrom("sip_trace")
          .where("centre_id", "=", centreId)
          .where("at", "<", at)
          .executeTakeFirst();
        return Number(gone.numDeletedRows);
      }),
  };
}

type Chunk = { readonly at: number; readonly contactIds: Set<string>; readonly parts: string[]; length: number };
/** A message as it stands in a row of versions before, and behind its contact in a chunk. */
type StoredTrace = readonly [legId: string | null, at: number, direction: "in" | "out", peer: string, text: string];

function chunksOf(messages: readonly TraceInput[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const { contactId, legId, at, direction, peer, text } of messages) {
    const id = cleanText(contactId);
    const part = toJson([id, legId, at, direction, peer, text.slice(0, textMax)]);
    let chunk = chunks.at(-1);
    if (chunk === undefined || chunk.length + part.length > chunkTextMax) {
      chunk = { at, contactIds: new Set(), parts: [], length: 0 };
      chunks.push(chunk);
    }
    chunk.contactIds.add(id);
    chunk.parts.push(part);
    chunk.length += part.length;
  }
  return chunks;
}

async function readChunk(contactId: string, packed: Uint8Array): Promise<readonly TraceInput[]> {
  const text = (await unpack(packed, { maxOutputLength: unpackedMax })).toString();
  const stored = JSON.parse(text) as readonly (readonly [string, ...StoredTrace])[];
  return stored.flatMap(([id, ...trace]) => (id === contactId ? [toTrace(contactId, trace)] : []));
}

function readRow(contactId: string, text: string): readonly TraceInput[] {
  return (JSON.parse(text) as readonly StoredTrace[]).map((stored) => toTrace(contactId, stored));
}

function toTrace(contactId: string, [legId, at, direction, peer, text]: StoredTrace): TraceInput {
  return { contactId, legId, at, direction, peer, text };
}
