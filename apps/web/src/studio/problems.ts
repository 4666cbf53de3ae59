import { type EntityKind, entitySchemas } from "@centrala/contract";
import type { TFunction } from "i18next";
import { ApiError } from "../api/call.ts";

/** What is wrong with a form, by the path of the field: "name", "dispositions.2.name". */
export type Problems = Readonly<Record<string, string>>;

type Issue = {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly input?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly origin?: unknown;
};

/** Checks an entity by the contract, in the reader's words. */
export function problemsOf(kind: EntityKind, value: unknown, t: TFunction): Problems {
  const parsed = entitySchemas[kind].safeParse(value);
  if (parsed.success) return {};
  const found: Record<string, string> = {};
  for (const issue of parsed.error.issues as readonly Issue[]) found[issue.path.join(".")] ??= words(issue, t);
  return found;
}

function words(issue: Issue, t: TFunction): string {
  switch (issue.code) {
    case "too_small":
      if (issue.origin === "string" && issue.minimum === 1) return t("studio:problem.required");
      if (issue.origin === "array") return t("studio:problem.choose");
      return t("studio:problem.tooSmall", { min: String(issue.minimum) });
    case "too_big":
      return t("studio:problem.tooBig", { max: String(issue.maximum) });
    case "invalid_type":
      return t("studio:problem.required");
    case "invalid_value":
      return t("studio:problem.choose");
    default:
      return t("studio:problem.format");
  }
}

/** The fields the server named in its refusal. */
export function problemsFrom(error: unknown): Problems {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries((error.body.details ?? []).map((detail) => [detail.path, detail.message]));
}

/** Refuses a form whose mistakes are already shown at its fields. */
export function formError(): ApiError {
  return new ApiError(400, { code: "INPUT_INVALID", message: "" });
}
