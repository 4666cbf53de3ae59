/** A row of the address table as documents carry it. */
export type AddressDocument = { readonly id: string; readonly key: string } & Readonly<Record<string, unknown>>;

const rowsMax = 1_000;

/**
 * Addresses whose commit was not waited for, until a journal entry came after them: should the database lose its last
 * moment, they go with the entries that name them. By centre, the newest few.
 */
export class UnsettledAddresses {
  readonly #centres = new Map<string, Map<string, AddressDocument>>();

  add(centreId: string, row: AddressDocument): void {
    const rows = this.#centres.get(centreId) ?? new Map<string, AddressDocument>();
    this.#centres.set(centreId, rows);
    rows.set(row.id, row);
    // The database writes its log several times a second of its own accord: what is that old has long been there.
    if (rows.size > rowsMax) rows.delete(rows.keys().next().value as string);
  }

  of(centreId: string): readonly AddressDocument[] {
    return [...(this.#centres.get(centreId)?.values() ?? [])];
  }

  /** These are on the disk, for an entry after them is. */
  settled(centreId: string, rows: readonly AddressDocument[]): void {
    const waiting = this.#centres.get(centreId);
    for (const row of rows) waiting?.delete(row.id);
  }
}
