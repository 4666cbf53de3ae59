import {
  type ErrorBody,
  type ErrorCode,
  errorTable,
  type SchemaIssue,
  type Sentence,
  sayIssue,
} from "@centrala/contract";
import { isStoreError } from "@centrala/store";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { z } from "zod";
import type { SubmitCode } from "../app.ts";
import { NotInEffect } from "../core/config-service.ts";
import { FileRefused } from "../outside/refusal.ts";

type Detail = NonNullable<ErrorBody["details"]>[number];
type Extra = {
  /** For developers, in English only; `said` is for people. */
  readonly message?: string;
  readonly said?: Sentence;
  readonly details?: readonly Detail[];
  readonly refusal?: string;
  readonly retryAfterS?: number;
};

/** A refused request: thrown by handlers, turned into an {@link ErrorBody} with the table's status. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly code: ErrorCode;
  readonly extra: Extra;

  constructor(code: ErrorCode, extra: Extra = {}) {
    super(extra.said?.message ?? extra.message ?? errorTable[code].message);
    this.code = code;
    this.extra = extra;
  }
}

/** The value, or NOT_FOUND. */
export function found<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new HttpProblem("NOT_FOUND");
  return value;
}

/** What went wrong with one field of a request. */
export function fieldProblem(path: string, sentence: Sentence): HttpProblem {
  return new HttpProblem("INPUT_INVALID", { details: [{ path, line: null, ...sentence }] });
}

const coreCodes: Readonly<Record<string, ErrorCode>> = {
  OVERLOADED: "OVERLOADED",
  DATABASE_AWAY: "DATABASE_AWAY",
  STOPPED: "OVERLOADED",
  NOT_STORED: "NOT_STORED",
};

/** What the core or the shell answered, as a problem: refusals of the core keep their own code beside REFUSED. */
export function refused(code: SubmitCode, message: string): HttpProblem {
  const own = coreCodes[code];
  return own === undefined ? new HttpProblem("REFUSED", { refusal: code, message }) : new HttpProblem(own);
}

/** Every error that leaves a handler ends here: known ones with their code, others as INTERNAL with the request's number in the log. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  const { status } = errorTable[problem.code];
  if (problem.code === "INTERNAL") request.log.error({ err: error, requestId: request.id }, "request failed");
  else if (status >= 500)
    request.log.warn({ code: problem.code, err: String(error), requestId: request.id }, "request refused");
  const retryAfterS = problem.extra.retryAfterS ?? (status === 503 ? 5 : undefined);
  if (retryAfterS !== undefined) void reply.header("retry-after", String(retryAfterS));
  const body = bodyOf(problem, request.id);
  // A route that answers with a file or a checked body must not run its own serialiser over an error.
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body);
}

/** The body of a refusal, by whichever door it goes. */
export function bodyOf(problem: HttpProblem, requestId: string): ErrorBody {
  const body: ErrorBody = { code: problem.code, message: problem.message, requestId };
  const { details, said, refusal } = problem.extra;
  if (details !== undefined) body.details = details.slice(0, 200);
  if (said !== undefined) body.said = { code: said.code, params: said.params };
  if (refusal !== undefined) body.refusal = refusal;
  return body;
}

/** Whatever a handler threw, with its code; a mistake of ours is INTERNAL. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof NotInEffect) return new HttpProblem("NOT_IN_EFFECT");
  if (error instanceof FileRefused) return new HttpProblem(error.code, { said: error.said });
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error.validation, error.validationContext);
  if (isStoreError(error)) return holdsNul(error.cause) ? new HttpProblem("INPUT_INVALID") : storeProblem(error.code);
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  if (code === "ENOSPC" || code === "EDQUOT") return new HttpProblem("DISK_FULL");
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE" || code === "FST_REQ_FILE_TOO_LARGE" || statusCode === 413)
    return new HttpProblem("TOO_LARGE");
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE" || statusCode === 415 || statusCode === 406)
    return new HttpProblem("UNSUPPORTED_FILE");
  if (statusCode === 429) return new HttpProblem("TOO_MANY_REQUESTS", { retryAfterS: 60 });
  if (statusCode === 404) return new HttpProblem("NOT_FOUND");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new HttpProblem("INPUT_INVALID", { message: error instanceof Error ? error.message : undefined });
  return new HttpProblem("INTERNAL");
}

/** PostgreSQL's text and jsonb hold every character but NUL, which no schema of an id or a search word forbids. */
function holdsNul(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "22021" || code === "22P05";
}

function validationProblem(
  issues: readonly {
    readonly instancePath?: string;
    readonly keyword?: string;
    readonly message?: string;
    readonly params?: object;
  }[],
  context: string | undefined,
): HttpProblem {
  const details = issues.map((issue) => ({
    path: (issue.instancePath ?? "").replace(/^\//, "").replaceAll("/", ".") || (context ?? "body"),
    line: null,
    ...sayIssue({
      ...issue.params,
      code: issue.keyword ?? "",
      message: issue.message ?? "is not valid",
    } as SchemaIssue),
  }));
  return new HttpProblem("INPUT_INVALID", { details });
}

/** What a schema has against a part of a request that came by another way than HTTP. */
export function zodProblem(error: z.ZodError, context: "params" | "body"): HttpProblem {
  const details = error.issues.map((issue) => ({
    path: issue.path.join(".") || context,
    line: null,
    ...sayIssue(issue as SchemaIssue),
  }));
  return new HttpProblem("INPUT_INVALID", { details });
}

function storeProblem(code: string): HttpProblem {
  if (code === "DATABASE_AWAY") return new HttpProblem("DATABASE_AWAY");
  if (code === "DISK_FULL") return new HttpProblem("DISK_FULL");
  if (code === "OVERLOADED") return new HttpProblem("OVERLOADED");
  if (code === "FENCED") return new HttpProblem("CENTRE_ELSEWHERE");
  if (code === "CENTRE_UNKNOWN") return new HttpProblem("NOT_FOUND");
  return new HttpProblem("INTERNAL");
}
