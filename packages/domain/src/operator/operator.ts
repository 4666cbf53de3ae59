import type { Fact } from "@centrala/contract";
import type { Instant } from "@centrala/kit";

/** Who or what changed an operator's duty last. */
export type DutyCause = Extract<Fact, { kind: "operatorChanged" }>["cause"];

export type Duty = { readonly since: Instant; readonly cause: DutyCause } & (
  | { readonly state: "offline" | "available" }
  | { readonly state: "break"; readonly reasonId: string | null }
);

/** What occupies an operator right now: at most one voice contact. */
export type Work =
  | { readonly kind: "none" }
  | { readonly kind: "offered"; readonly since: Instant; readonly offerId: string; readonly contactId: string }
  | {
      readonly kind: "talking";
      readonly since: Instant;
      readonly contactId: string;
      readonly as: "operator" | "consulted";
    }
  | { readonly kind: "wrap-up"; readonly since: Instant; readonly contactId: string; readonly until: Instant };

export type Operator = {
  readonly id: string;
  duty: Duty;
  work: Work;
  headsetLegId: string | null;
  chosen: "headset" | "phone" | null;
  /** Set while the operator is on duty without any device. */
  deviceWait: { readonly until: Instant; readonly cause: "headset-lost" | "restart" } | null;
  missesInRow: number;
  /** Since when the operator could have been rung: the longest idle is rung first. */
  idleSince: Instant;
};

export type OperatorState = "offline" | "available" | "offered" | "talking" | "wrap-up" | "break";

/** The one place where an operator's state comes from: work stands before duty. */
export function operatorState(operator: Operator): OperatorState {
  switch (operator.work.kind) {
    case "none":
      return operator.duty.state;
    case "offered":
      return "offered";
    case "talking":
      return "talking";
    case "wrap-up":
      return "wrap-up";
  }
}

/** Since when the state of {@link operatorState} holds. */
export function operatorSince(operator: Operator): Instant {
  if (operator.work.kind !== "none") return operator.work.since;
  return operator.duty.since > operator.idleSince ? operator.duty.since : operator.idleSince;
}

export function newOperator(id: string): Operator {
  return {
    id,
    duty: { state: "offline", since: 0, cause: "self" },
    work: { kind: "none" },
    headsetLegId: null,
    chosen: null,
    deviceWait: null,
    missesInRow: 0,
    idleSince: 0,
  };
}

/** When something about the operator is due by itself: the end of wrap-up, or of the wait for a device. */
export function operatorDeadline(operator: Operator): Instant | undefined {
  const wrapUp = operator.work.kind === "wrap-up" ? operator.work.until : undefined;
  const device = operator.deviceWait?.until;
  if (wrapUp === undefined) return device;
  return device === undefined || wrapUp < device ? wrapUp : device;
}
