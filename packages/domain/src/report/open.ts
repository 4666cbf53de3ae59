import type { Direction } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { ClosedSegment, OperatorSpan, Segment } from "./segment.ts";

/** A contact as long as something of it is open: it runs, or somebody still writes about it. */
export type OpenContact = {
  readonly contactId: string;
  readonly direction: Direction;
  readonly clientId: string;
  /** Who dials, of a contact that an operator began. */
  readonly diallerId: string | null;
  n: number;
  open: Open[];
  /** Through which queue each operator got it; whoever stands here has served it. */
  readonly served: Record<string, string | null>;
  /** Of whom a service has closed already. */
  readonly counted: string[];
  /** The last wait that led to nobody, until somebody is talked with or a message is left. */
  lastWait: ClosedSegment | null;
  /** It wanted a person: it waited, or was turned away at a queue's door or because it was closed. */
  wanted: boolean;
  /** Nobody talks with it since it was last sent somewhere. */
  alone: boolean;
  ended: boolean;
};

/** `key`: which offer or outside leg it is of. */
export type Open = { readonly segment: Segment; readonly key: string | null; talking: boolean };

/** Everything that is open in a centre: as small as what goes on, whatever has gone before. */
export type SegmentBook = {
  readonly contacts: Map<string, OpenContact>;
  readonly operators: Map<string, OpenOperator>;
  /** When the last entry was. */
  lastAt: Instant;
};

/** An operator as spans need them: what they are on duty for, and what occupies them. */
export type OpenOperator = {
  readonly operatorId: string;
  duty: OperatorSpan["duty"];
  reasonId: string | null;
  work: { readonly state: "offered" | "talking" | "wrap-up"; readonly contactId: string } | null;
  span: OperatorSpan | null;
};
