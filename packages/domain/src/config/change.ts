import type { CoreConfig, CoreConfigChange, ListChange } from "@centrala/contract";
import { assert } from "@centrala/kit";

const lists = ["clients", "trunks", "numbers", "operators", "queues", "hours", "scenarios"] as const;
const settings = ["country", "language", "recordCalls", "recordingNotice", "breakReasonIds", "outgoing"] as const;

type Identified = { readonly id: string };
type Queue = CoreConfig["queues"][number];
type Member = Queue["operators"][number];

/**
 * What leads from one configuration to another; null where that can't be said by differences (an order that is neither that of
 * the ids nor the one before), and the whole has to be told. Configurations that differ in their version alone give a
 * change in which nothing else stands: {@link isEmptyChange}.
 */
export function changeOfConfig(before: CoreConfig, after: CoreConfig): CoreConfigChange | null {
  const changes: Record<string, ListChange<Identified>> = {};
  const members: CoreConfigChange["members"][number][] = [];
  for (const name of lists) {
    const { put, gone } = listChange<Identified>(before[name], after[name]);
    const kept = name === "queues" ? put.filter((queue) => !onlyMembers(before, queue as Queue, members)) : put;
    if (kept.length + gone.length > 0) changes[name] = { put: kept, gone };
  }
  const changed = settings.filter((name) => !same(before[name], after[name]));
  const change: CoreConfigChange = {
    from: before.version,
    version: after.version,
    settings: Object.fromEntries(changed.map((name) => [name, after[name]])),
    lists: changes,
    members,
  };
  // What goes away altogether can't be said as JSON.
  if (changed.some((name) => after[name] === undefined)) return null;
  return same(changedConfig(before, change), after) ? change : null;
}

/** Whether nothing that the core decides with is different. */
export function isEmptyChange({ settings, lists, members }: CoreConfigChange): boolean {
  return Object.keys(settings).length + Object.keys(lists).length + members.length === 0;
}

/** The configuration after a change; the given one stays as it is. */
export function changedConfig(before: CoreConfig, change: CoreConfigChange): CoreConfig {
  assert(change.from === before.version, "a change of the configuration counts for the version it was made of");
  const after: Record<string, unknown> = { ...before, ...change.settings, version: change.version };
  for (const name of lists) {
    const changed: ListChange<Identified> | undefined = change.lists[name];
    if (changed !== undefined) after[name] = changedList<Identified>(before[name], changed);
  }
  const { queues } = after as CoreConfig;
  const byQueue = new Map(change.members.map((members) => [members.queueId, members]));
  if (byQueue.size > 0)
    after["queues"] = queues.map((queue) => {
      const members = byQueue.get(queue.id);
      return members === undefined ? queue : { ...queue, operators: changedMembers(queue.operators, members) };
    });
  return after as CoreConfig;
}

function listChange<T extends Identified>(before: readonly T[], after: readonly T[]): ListChange<T> {
  const known = new Map(before.map((item) => [item.id, item]));
  const kept = new Set(after.map(({ id }) => id));
  return {
    put: after.filter((item) => !same(known.get(item.id), item)),
    gone: before.filter(({ id }) => !kept.has(id)).map(({ id }) => id),
  };
}

function changedList<T extends Identified>(before: readonly T[], { put, gone }: ListChange<T>): readonly T[] {
  const away = new Set(gone);
  const coming = new Map(put.map((item) => [item.id, item]));
  const after: T[] = [];
  for (const item of before) {
    if (away.has(item.id)) continue;
    after.push(coming.get(item.id) ?? item);
    coming.delete(item.id);
  }
  for (const item of coming.values()) {
    const place = after.findIndex(({ id }) => id > item.id);
    after.splice(place < 0 ? after.length : place, 0, item);
  }
  return after;
}

/** Whether this queue differs in its members alone, and they can be told by differences: then these are noted. */
function onlyMembers(before: CoreConfig, after: Queue, members: CoreConfigChange["members"][number][]): boolean {
  const known = before.queues.find(({ id }) => id === after.id);
  if (known === undefined || !same({ ...known, operators: [] }, { ...after, operators: [] })) return false;
  const was = new Map(known.operators.map((member) => [member.userId, member]));
  const kept = new Set(after.operators.map(({ userId }) => userId));
  const change = {
    queueId: after.id,
    put: after.operators.filter((member) => !same(was.get(member.userId), member)),
    gone: [...was.keys()].filter((userId) => !kept.has(userId)),
  };
  if (!same(changedMembers(known.operators, change), after.operators)) return false;
  members.push(change);
  return true;
}

function changedMembers(
  before: readonly Member[],
  { put, gone }: Pick<CoreConfigChange["members"][number], "put" | "gone">,
): Member[] {
  const away = new Set(gone);
  const coming = new Map(put.map((member) => [member.userId, member]));
  const kept = before.filter(({ userId }) => !away.has(userId)).map((member) => take(coming, member));
  return [...kept, ...coming.values()];
}

function take(coming: Map<string, Member>, member: Member): Member {
  const changed = coming.get(member.userId) ?? member;
  coming.delete(member.userId);
  return changed;
}

/** Equal in every value; what is absent equals undefined, and the order of keys does not count. */
function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [a, b] = [left as Readonly<Record<string, unknown>>, right as Readonly<Record<string, unknown>>];
  if (Array.isArray(left) && left.length !== (right as readonly unknown[]).length) return false;
  for (const key of Object.keys(a)) if (!same(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (a[key] === undefined && b[key] !== undefined) return false;
  return true;
}
