import { z } from "zod";
import type { DeviceId, TrunkId } from "./ids.ts";

/** Why a request of a carrier, a telephone or a stranger was refused before it made a call. */
export const refusalReasons = [
  /** A known line called a number that is none of its. */
  "numberUnknown",
  /** The line has as many calls as it may have. */
  "lineBusy",
  /** A call from an address of no line and no telephone, without a password. */
  "sourceUnknown",
  "passwordWrong",
  "accountUnknown",
  /** Too many wrong passwords: not even looked at. */
  "paused",
  /** Credentials made for a request to another address. */
  "credentialsElsewhere",
  /** A telephone wanted to register another's account. */
  "registersOther",
  /** More calls than this server takes on, or it is stopping. */
  "overloaded",
  "noCommonCodec",
  /** Only encrypted sound (SRTP) was offered. */
  "encryptionDemanded",
  "soundUnreadable",
  /** Not by us: a telephone or a line took none of our sound. */
  "soundRefused",
  /** An extension of SIP is demanded that is not spoken here. */
  "extensionDemanded",
  /** The telephone or its person may not call there. */
  "notPermitted",
  "malformed",
  "notServed",
] as const;
export const refusalReasonSchema = z.enum(refusalReasons);
export type RefusalReason = z.infer<typeof refusalReasonSchema>;

/** Equal refusals of one line, telephone or address, counted together. */
export type SipRefusal = {
  readonly reason: RefusalReason;
  /** The status of the answer; null when there was none. */
  readonly status: number | null;
  readonly method: string;
  /** IP address the request came from. */
  readonly source: string;
  readonly transport: string;
  readonly trunkId: TrunkId | null;
  readonly deviceId: DeviceId | null;
  /** The user name that was claimed. */
  readonly account: string | null;
  /** What was dialled. */
  readonly called: string | null;
  /** What the reason speaks of: codecs, extensions, the fault of a message. */
  readonly detail: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
};

/** Who may not try a SIP password for now. */
export type SipPause = {
  readonly kind: "source" | "account";
  /** The address (of IPv6 its network) or the user name. */
  readonly name: string;
  readonly until: number;
  /** Wrong passwords since it began. */
  readonly failures: number;
};
