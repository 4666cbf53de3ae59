/** The limits of one centre; at each of them stands a defined answer (see the SPEC of the folder that checks it). */
export const limits = {
  contacts: 20_000,
  legsPerContact: 10,
  endedKept: 2_000,
  /** Of one contact, while one input is decided, whatever leads from step to step. */
  stepsWithoutWaiting: 100,
  variables: 64,
} as const;

/** The set times of the core that no setting changes, in milliseconds. */
export const times = {
  /** An arriving call waits so long for its numbers to be looked up. */
  identifyMs: 3_000,
  /** A running talk waits this long for a lost headset. */
  reattachMs: 30_000,
  /** An operator on duty without any device goes offline after this. */
  deviceWaitMs: 60_000,
  /** An operator who missed a contact is not rung for it again for this long. */
  justMissedMs: 30_000,
  /** Wrap-up after a call that came through no queue. */
  wrapUpMs: 60_000,
  /** Ringing of colleagues and outside numbers where no setting says otherwise. */
  ringTimeoutMs: 30_000,
  dialTimeoutMs: 60_000,
  /** No prompt or collection is waited for longer than this: telephony that lost one never blocks a call. */
  playMsMax: 600_000,
} as const;
