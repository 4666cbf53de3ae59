import type { Role } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { Page, PageQuery } from "./page.ts";

export interface CredentialRepository {
  /** Hashes (argon2id) and stores; resets failed attempts. */
  setPassword(centreId: string, userId: string, password: string): Promise<void>;
  hasPassword(centreId: string, userId: string): Promise<boolean>;
  /**
   * Checks in equal time whether or not the user exists. After `failedAttemptsMax` wrong ones in a row: LOCKED until `until`
   * (one minute, doubling to an hour); a locked account is not checked at all.
   */
  verify(
    centreId: string,
    userId: string | undefined,
    password: string,
    /** `locks: false`: the caller counts failures by itself; nothing is counted here and no lock looked at. */
    options?: { readonly locks: boolean },
  ): Promise<
    { readonly ok: true } | { readonly ok: false; readonly code: "WRONG" | "LOCKED"; readonly until: Instant | null }
  >;
  remove(centreId: string, userId: string): Promise<void>;
  /** What is known of everybody's account who has a password, a session or an unused invitation. */
  accounts(centreId: string): Promise<ReadonlyMap<string, AccountRow>>;
}
export type AccountRow = {
  readonly hasPassword: boolean;
  readonly seenAt: Instant | null;
  /** Until when the latest unused invitation counts, or did. */
  readonly invitedUntil: Instant | null;
};
export const failedAttemptsMax = 5;

export type SessionRow = {
  /** Names the session in lists; not the token. */
  readonly id: string;
  readonly centreId: string;
  readonly userId: string;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
  readonly expiresAt: Instant;
  readonly ip: string;
  readonly agent: string;
};
export interface SessionRepository {
  /** The token (32 random bytes, base64url) is given once; only its SHA-256 is stored. */
  create(
    centreId: string,
    userId: string,
    options: { readonly ttlMs: number; readonly ip?: string; readonly agent?: string },
  ): Promise<{ readonly token: string; readonly session: SessionRow }>;
  /**
   * Undefined when unknown, revoked or expired. Being asked for counts as use, and `prolongMs` moves the expiry. Who was found
   * before is known for a minute without the database, and for some hours while that does not answer; what ends in this
   * process ends at once.
   */
  find(token: string, prolongMs?: number): Promise<SessionRow | undefined>;
  /** Writes down when those who are known were used, and forgets those that ended elsewhere; for every half minute. */
  confirm(prolongMs: number): Promise<void>;
  revoke(centreId: string, sessionId: string): Promise<void>;
  /** All of a user's sessions, except one. */
  revokeAll(centreId: string, userId: string, exceptId?: string): Promise<number>;
  /** Which of these sessions still live; being connected counts as use and moves their end as `find` does. */
  alive(centreId: string, sessionIds: readonly string[], prolongMs: number): Promise<ReadonlySet<string>>;
  list(centreId: string, userId: string): Promise<readonly SessionRow[]>;
  deleteExpired(): Promise<number>;
}

export type InvitationRow = {
  readonly id: string;
  readonly centreId: string;
  /** The user who shall choose a password; null: the set-up link that makes the first manager. */
  readonly userId: string | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
};
export interface InvitationRepository {
  create(
    centreId: string,
    userId: string | null,
    ttlMs: number,
  ): Promise<{ readonly token: string; readonly invitation: InvitationRow }>;
  /** Undefined when unknown, used, revoked or expired. */
  find(token: string): Promise<InvitationRow | undefined>;
  /** Uses it up; of two at once one gets it. */
  redeem(token: string): Promise<InvitationRow | undefined>;
  list(centreId: string, query?: PageQuery): Promise<Page<InvitationRow>>;
  /** All links of these people that nobody used yet. */
  revokeAllOf(centreId: string, userIds: readonly string[]): Promise<void>;
}

export type TokenRow = {
  readonly id: string;
  readonly centreId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly createdBy: string | null;
  readonly createdAt: Instant;
  readonly seenAt: Instant | null;
  readonly expiresAt: Instant | null;
};
/** Machine tokens: "ct_" and 32 random bytes in base64url. */
export interface TokenRepository {
  create(
    centreId: string,
    token: {
      readonly name: string;
      readonly roles: readonly Role[];
      readonly createdBy: string | null;
      readonly ttlMs: number | null;
    },
  ): Promise<{ readonly token: string; readonly row: TokenRow }>;
  /** Remembers as sessions do. */
  find(token: string): Promise<TokenRow | undefined>;
  confirm(): Promise<void>;
  list(centreId: string): Promise<readonly TokenRow[]>;
  revoke(centreId: string, id: string): Promise<boolean>;
  /** All that a person made. */
  revokeAllOf(centreId: string, userId: string): Promise<number>;
}
