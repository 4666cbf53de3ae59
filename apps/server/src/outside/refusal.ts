import type { ErrorCode, SaidParams, Sentence } from "@centrala/contract";

/** What a file from outside was refused with: plain, so that it crosses from a worker. */
export type FileRefusal = {
  readonly code: ErrorCode;
  readonly said: { readonly code: Sentence["code"]; readonly params: SaidParams; readonly message: string };
};

/** A file that cannot be taken. Thrown by tasks, in a worker or not; HTTP answers it with its code. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
  readonly code: ErrorCode;
  readonly said: Sentence;

  constructor(code: ErrorCode, said: Sentence) {
    super(said.message);
    this.code = code;
    this.said = said;
  }
}
