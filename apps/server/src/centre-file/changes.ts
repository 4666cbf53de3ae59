import { type CentreConfig, type EntityKind, entityKinds } from "@centrala/contract";
import type { EntityChange } from "@centrala/store";

export type PlanChange = {
  readonly action: "create" | "change" | "remove";
  readonly kind: string;
  readonly id: string;
  readonly fields: string[];
};

/** What has to change to come from one configuration to the other, for people (`plan`) and for the store (`entities`). */
export type Changes = {
  readonly plan: PlanChange[];
  readonly entities: EntityChange[];
  readonly centreChanged: boolean;
};

export function changesBetween(current: CentreConfig, desired: CentreConfig): Changes {
  const plan: PlanChange[] = [];
  const entities: EntityChange[] = [];
  const centreFields = changedFields(current.centre, desired.centre);
  if (centreFields.length > 0)
    plan.push({ action: "change", kind: "centre", id: desired.centre.name, fields: centreFields });
  for (const kind of entityKinds) addKind(kind, current, desired, plan, entities);
  return { plan, entities, centreChanged: centreFields.length > 0 };
}

type AnyEntity = { readonly id: string };

function addKind(
  kind: EntityKind,
  current: CentreConfig,
  desired: CentreConfig,
  plan: PlanChange[],
  entities: EntityChange[],
): void {
  const before = new Map((current[kind] as readonly AnyEntity[]).map((entity) => [entity.id, entity]));
  const after = new Map((desired[kind] as readonly AnyEntity[]).map((entity) => [entity.id, entity]));
  for (const [id, entity] of after) {
    const old = before.get(id);
    const fields =
      old === undefined ? Object.keys(entity).filter((field) => field !== "id") : changedFields(old, entity);
    if (old !== undefined && fields.length === 0) continue;
    plan.push({ action: old === undefined ? "create" : "change", kind, id: shownId(kind, entity), fields });
    // The list of kinds and the value's type belong together; the compiler cannot see it across the loop.
    entities.push({ put: kind, value: entity } as unknown as EntityChange);
  }
  for (const [id, entity] of before) {
    if (after.has(id)) continue;
    plan.push({ action: "remove", kind, id: shownId(kind, entity), fields: [] });
    entities.push({ delete: kind, id });
  }
}

/** People read logins, not machine ids. */
function shownId(kind: EntityKind, entity: AnyEntity): string {
  return kind === "user" ? (entity as unknown as { readonly login: string }).login : entity.id;
}

/** Names of the fields in which two values differ; the order of keys does not count. */
export function changedFields(before: object, after: object): string[] {
  const left = before as Record<string, unknown>;
  const right = after as Record<string, unknown>;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].filter((name) => canonical(left[name]) !== canonical(right[name])).sort();
}

/** JSON with sorted keys; what is absent equals null. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .join(",")}}`;
}
