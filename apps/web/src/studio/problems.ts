import { type EntityKind, entitySchemas, type SchemaIssue, sayIssue } from "@centrala/contract";
import type { TFunction } from "i18next";
import { ApiError } from "../api/call.ts";
import { said } from "../i18n/said.ts";

/** What is wrong with a form, by the path of the field: "name", "dispositions.2.name". */
export type Problems = Readonly<Record<string, string>>;

/** Checks an entity by the contract, in the reader's words. */
export function problemsOf(kind: EntityKind, value: unknown, t: TFunction): Problems {
  const parsed = entitySchemas[kind].safeParse(value);
  if (parsed.success) return {};
  const found: Record<string, string> = {};
  for (const issue of parsed.error.issues) found[issue.path.join(".")] ??= words(issue, t);
  return found;
}

/** A list that may not be empty is a choice that was not made; the rest is said as the server would. */
function words(issue: SchemaIssue, t: TFunction): string {
  if (issue.code === "too_small" && issue.origin === "array") return t("studio:problem.choose");
  if (issue.code === "invalid_value") return t("studio:problem.choose");
  return said(t, { ...sayIssue(issue), message: t("said:FIELD_FORM") });
}

/** The fields the server named in its refusal. */
export function problemsFrom(error: unknown, t: TFunction): Problems {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries((error.body.details ?? []).map((detail) => [detail.path, said(t, detail)]));
}

/** Refuses a form whose mistakes are already shown at its fields. */
export function formError(): ApiError {
  return new ApiError(400, { code: "INPUT_INVALID", message: "" });
}
