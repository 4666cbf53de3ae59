/** A mistake in a configuration, with where it stands: `field` is a path such as "steps.menu.choices.2.next". */
export type Problem = {
  readonly kind: string;
  readonly id: string;
  readonly field: string;
  readonly message: string;
};
