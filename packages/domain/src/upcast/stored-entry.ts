/** An entry as it was written, at whatever version. */
export type StoredEntry = {
  readonly seq: number;
  readonly at: number;
  readonly version: number;
  readonly input: { readonly kind: string };
  readonly facts: readonly { readonly kind: string }[];
};

/** Brings an entry from one version to the next; the entry's number and time never change. */
export type Upcaster = (entry: StoredEntry) => Pick<StoredEntry, "input" | "facts">;
