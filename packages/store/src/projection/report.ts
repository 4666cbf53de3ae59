import {
  addSums,
  type ClosedSegment,
  type OperatorSpan,
  type RollupDelta,
  rollupDeltas,
  type SegmentChange,
} from "@centrala/domain";
import type { Instant } from "@centrala/kit";

/** Rows of segments, spans and roll-ups, as the tables have them. */
export type SegmentRow = {
  readonly contact_id: string;
  readonly n: number;
  readonly kind: string;
  readonly medium: string;
  readonly direction: string;
  readonly client_id: string;
  readonly queue_id: string | null;
  readonly operator_id: string | null;
  readonly started_at: Instant;
  readonly ended_at: Instant;
  readonly outcome: string | null;
};
export type SpanRow = {
  readonly operator_id: string;
  readonly started_at: Instant;
  readonly ended_at: Instant | null;
  readonly state: string;
  readonly duty: string;
  readonly reason_id: string | null;
  readonly contact_id: string | null;
  readonly load: number;
};
export type RollupRow = {
  readonly slot: Instant;
  readonly client_id: string;
  readonly queue_id: string;
  readonly operator_id: string;
  readonly medium: string;
  readonly sums: Record<string, number>;
};

export type ReportChanges = {
  readonly segments: readonly SegmentRow[];
  readonly spans: readonly SpanRow[];
  readonly rollups: readonly RollupRow[];
};

export const noReport: ReportChanges = { segments: [], spans: [], rollups: [] };

/** What a batch's changes write: of one segment or span only how it is in the end, of sums what is added. */
export function reportChanges(changes: readonly SegmentChange[]): ReportChanges {
  const segments = new Map<string, SegmentRow>();
  const spans = new Map<string, SpanRow>();
  const rollups = new Map<string, RollupRow>();
  for (const change of changes) {
    if (change.kind === "closed" || change.kind === "settled") {
      const { contactId, n } = change.segment;
      segments.set(`${n}/${contactId}`, segmentRow(change.segment));
    }
    if (change.kind === "span-opened" || change.kind === "span-closed") {
      const { operatorId, from } = change.span;
      spans.set(`${from}/${operatorId}`, spanRow(change.span));
    }
    for (const delta of rollupDeltas(change)) add(rollups, delta);
  }
  return { segments: [...segments.values()], spans: [...spans.values()], rollups: [...rollups.values()] };
}

function segmentRow(segment: ClosedSegment): SegmentRow {
  const { contactId, n, kind, medium, direction, clientId, queueId, operatorId, from, to, outcome } = segment;
  return {
    contact_id: contactId,
    n,
    kind,
    medium,
    direction,
    client_id: clientId,
    queue_id: queueId,
    operator_id: operatorId,
    started_at: from,
    ended_at: to,
    outcome,
  };
}

export function spanRow({ operatorId, from, to, state, duty, reasonId, contactId, load }: OperatorSpan): SpanRow {
  return {
    operator_id: operatorId,
    started_at: from,
    ended_at: to,
    state,
    duty,
    reason_id: reasonId,
    contact_id: contactId,
    load,
  };
}

function add(rollups: Map<string, RollupRow>, { key, sums }: RollupDelta): void {
  const row: RollupRow = {
    slot: key.slot,
    client_id: key.clientId,
    queue_id: key.queueId ?? "",
    operator_id: key.operatorId ?? "",
    medium: key.medium,
    sums: {},
  };
  const name = JSON.stringify([row.slot, row.client_id, row.queue_id, row.operator_id, row.medium]);
  const known = rollups.get(name) ?? row;
  rollups.set(name, known);
  addSums(known.sums, sums);
}

/** The sums of a stored row. */
export function toRollup(row: RollupRow): RollupDelta {
  const { slot, client_id: clientId, queue_id, operator_id, sums } = row;
  const queueId = queue_id === "" ? null : queue_id;
  const operatorId = operator_id === "" ? null : operator_id;
  return { key: { clientId, queueId, operatorId, medium: "voice", slot }, sums };
}
