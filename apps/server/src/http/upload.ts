import { say } from "@centrala/contract";
import type { FastifyRequest } from "fastify";
import { HttpProblem } from "./errors.ts";

/** The one file of a multipart upload, in memory. @throws UNSUPPORTED_FILE without one, TOO_LARGE above `bytesMax` */
export async function readUpload(
  request: FastifyRequest,
  bytesMax: number,
): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  if (!request.isMultipart())
    throw new HttpProblem("UNSUPPORTED_FILE", {
      message: 'The file is sent as multipart/form-data in the field "file".',
    });
  const file = await request.file({ limits: { fileSize: bytesMax, files: 1, fields: 5 } }).catch(brokenOff);
  if (file === undefined) throw new HttpProblem("UNSUPPORTED_FILE", { said: say("FILE_NONE") });
  const bytes = await file.toBuffer().catch(brokenOff);
  if (bytes.length > bytesMax) throw new HttpProblem("TOO_LARGE");
  return { name: file.filename, bytes };
}

/** What is no upload at all, or ends in the middle, is thrown without a status. */
function brokenOff(error: unknown): never {
  if (error instanceof Error && !("statusCode" in error))
    throw new HttpProblem("INPUT_INVALID", { message: error.message });
  throw error;
}
