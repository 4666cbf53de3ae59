import { entityKinds, type ResponseOf } from "@centrala/contract";
import type { AuditRow, TokenRow } from "@centrala/store";
import type { Centre } from "../app.ts";

type View = ResponseOf<"audit">["items"][number];
const textMax = 200;

/** A line of the audit with the names of today; `who` and `target` stay as they were written. */
export function auditView(centre: Centre, tokens: readonly TokenRow[], row: AuditRow): View {
  const { id, at, who, what, target } = row;
  const tokenId = who.startsWith("token:") ? who.slice("token:".length) : null;
  const by = tokenId !== null ? "token" : who === "cli" ? "command" : who === "stranger" ? "stranger" : "person";
  const token = tokens.find((candidate) => candidate.id === tokenId);
  const whoName = by === "token" ? (token?.name ?? null) : by === "person" ? nameOf(centre, "user", who) : null;
  const [kind = "", key = ""] = target.split(/\/(.*)/s);
  const entityKind = entityKinds.find((candidate) => candidate === kind);
  const tokenName = kind === "token" ? (tokens.find((candidate) => candidate.id === key)?.name ?? null) : null;
  const targetName = entityKind === undefined ? tokenName : nameOf(centre, entityKind, key);
  return { id, at, who, whoName, by, what, target, targetName, detail: detailOf(row.detail ?? {}) };
}

function nameOf(centre: Centre, kind: (typeof entityKinds)[number], id: string): string | null {
  const known = centre.config.current[kind].some((entity: { readonly id: string }) => entity.id === id);
  return known ? centre.config.name(kind, id) : null;
}

/** One level of plain values: what lies deeper is counted out ("changes.create user": 2). */
function detailOf(detail: Readonly<Record<string, unknown>>): View["detail"] {
  const flat: View["detail"] = {};
  for (const [name, value] of Object.entries(detail)) {
    if (typeof value === "object" && value !== null) {
      for (const [inner, deep] of Object.entries(detailOf(value as Record<string, unknown>)))
        flat[`${name}.${inner}`] = deep;
    } else if (typeof value === "number" || typeof value === "boolean") flat[name] = value;
    else if (value !== null && value !== undefined) flat[name] = String(value).slice(0, textMax);
  }
  return flat;
}
