import type { JournalEntry } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { AddressInput, BindingRow, ContactRow, DialogRow, Store } from "@centrala/store";
import type { Database } from "./database.ts";
import type { Disk } from "./disk.ts";

type Parts = Pick<
  Store,
  "journal" | "entities" | "secrets" | "addresses" | "contacts" | "dialogs" | "bindings" | "traces"
>;
/** Only what the core's way uses; anything else is a mistake of the simulation, and says so. */
type Used<K extends keyof Parts, M extends keyof Parts[K]> = Pick<Parts[K], M>;

/** The store of one run of the program: the same disk behind it each time. Once the program is dead it hears no answer. */
export function simStore(disk: Disk, database: Database, now: () => Instant, isAlive: () => boolean): Store {
  const heard = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      answer.then(
        (value) => isAlive() && resolve(value),
        (error: Error) => isAlive() && reject(error),
      );
    });
  const read = <T>(work: () => T): Promise<T> => heard(database.read(work));
  const write = <T>(work: () => T): Promise<T> => heard(database.write(work));
  return only({
    journal: journalOf(disk, database, now, { read, write }),
    entities: { loadConfig: () => read(() => disk.config) } satisfies Used<"entities", "loadConfig">,
    secrets: { list: (_, kind) => read(() => (kind === "device" ? disk.secrets : new Map())) } satisfies Used<
      "secrets",
      "list"
    >,
    addresses: {
      findOrCreate: (_, input) => write(() => disk.address(input).id),
      identify: (_, input: AddressInput) => write(() => ({ addressId: disk.address(input).id, customers: [] })),
      get: (_, id) => read(() => disk.addressById(id)),
    } satisfies Used<"addresses", "findOrCreate" | "identify" | "get">,
    contacts: {
      get: (_, contactId) =>
        read(() => {
          const found = disk.addressOfContact(contactId);
          // What telephones show of a caller is all that is asked of it here.
          return found.ok ? ({ address: found.value, customerName: null } as ContactRow) : undefined;
        }),
    } satisfies Used<"contacts", "get">,
    dialogs: dialogsOf(disk, { read, write }),
    bindings: {
      save: (_, deviceId, rows) =>
        write(
          () =>
            void disk.bindings.set(
              deviceId,
              rows.map((row): BindingRow => ({ ...row, deviceId })),
            ),
        ),
      list: () => read(() => [...disk.bindings.values()].flat().filter((row) => row.expiresAt > now())),
    } satisfies Used<"bindings", "save" | "list">,
    traces: { append: () => write(() => undefined) } satisfies Used<"traces", "append">,
  });
}

type Ask = {
  readonly read: <T>(work: () => T) => Promise<T>;
  readonly write: <T>(work: () => T) => Promise<T>;
};

function journalOf(
  disk: Disk,
  database: Database,
  now: () => Instant,
  { read, write }: Ask,
): Omit<Store["journal"], "readContact" | "lastSeq" | "rebuildProjections"> {
  return {
    append: (_, epoch, entries) =>
      write(() => {
        database.judge(entries);
        disk.append(epoch, entries);
      }),
    readFrom: (_, seq) => portions(seq, (from) => read(() => disk.entriesFrom(from).slice(0, 500))),
    loadSnapshot: (_, version) => read(() => disk.loadSnapshot(version)),
    saveSnapshot: (_, version, seq, state) => write(() => disk.saveSnapshot(version, seq, state)),
    acquireLease: () => write(() => disk.acquireLease(now())),
    renewLease: (_, epoch) => write(() => disk.renewLease(epoch, now())),
    releaseLease: () => write(() => undefined),
  };
}

async function* portions(
  seq: number,
  read: (from: number) => Promise<readonly JournalEntry[]>,
): AsyncGenerator<JournalEntry> {
  for (let from = Math.max(1, seq); ; ) {
    const entries = await read(from);
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined) return;
    from = last.seq + 1;
  }
}

function dialogsOf(disk: Disk, { read, write }: Ask): Used<"dialogs", "change" | "remove" | "list"> {
  const remove = (legIds: readonly string[]): void => {
    for (const legId of legIds) disk.dialogs.delete(legId);
  };
  return {
    change: (_, answered, ended) =>
      write(() => {
        for (const row of answered) disk.dialogs.set(row.legId, { ...row, savedAt: 0 } satisfies DialogRow);
        remove(ended);
      }),
    remove: (_, legIds) => write(() => remove(legIds)),
    list: () => read(() => [...disk.dialogs.values()]),
  };
}

function only(parts: object): Store {
  const part = (owner: string, of: object): object =>
    new Proxy(of, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        if (found === undefined) throw new Error(`the simulated store has no ${owner}.${String(name)}`);
        return found;
      },
    });
  const all = Object.entries(parts).map(([name, value]) => [name, part(name, value as object)] as const);
  return part("store", Object.fromEntries(all)) as Store;
}
