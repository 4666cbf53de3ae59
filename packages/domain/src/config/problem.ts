import type { SaidParams, SentenceCode } from "@centrala/contract";

/** A mistake in a configuration, with where it stands: `field` is a path such as "steps.menu.choices.2.next". */
export type Problem = {
  readonly kind: string;
  readonly id: string;
  readonly field: string;
  readonly code: SentenceCode;
  readonly params: SaidParams;
  /** The sentence of `code` in English. */
  readonly message: string;
};
