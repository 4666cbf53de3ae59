import type { JournalEntry } from "@centrala/contract";
import { emptyBook, foldSegments, rollupDeltas } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import type { AddressInput, BindingRow, ContactRow, DialogRow, Projector, Report, Store } from "@centrala/store";
import { centreId } from "./centre.ts";
import type { Course } from "./course.ts";
import type { Database } from "./database.ts";
import type { Disk } from "./disk.ts";

type Parts = Omit<Store, "close" | "ping">;
/** Only what the core's way uses; anything else is a mistake of the simulation, and says so. */
type Used<K extends keyof Parts, M extends keyof Parts[K]> = Pick<Parts[K], M>;

/** The store of one run of the program: the same disk behind it each time. Once the program is dead it hears no answer. */
export function simStore(
  disk: Disk,
  database: Database,
  now: () => Instant,
  isAlive: () => boolean,
  course: Course,
): Store {
  const heard = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      answer.then(
        (value) => isAlive() && resolve(value),
        (error: Error) => isAlive() && reject(error),
      );
    });
  const read = <T>(work: () => T): Promise<T> => heard(database.read(work));
  const write = <T>(work: () => T): Promise<T> => heard(database.write(work));
  return only(course, {
    centres: {
      list: () => read(() => [{ id: centreId, slug: centreId, createdAt: 0 }]),
    } satisfies Used<"centres", "list">,
    projections: { open: () => read(() => projectorOf(disk, { read, write })) } satisfies Used<"projections", "open">,
    recordings: { listRunning: () => read(() => []) } satisfies Used<"recordings", "listRunning">,
    journal: journalOf(disk, database, now, { read, write }),
    entities: { loadConfig: () => read(() => disk.config) } satisfies Used<"entities", "loadConfig">,
    secrets: { list: (_, kind) => read(() => (kind === "device" ? disk.secrets : new Map())) } satisfies Used<
      "secrets",
      "list"
    >,
    addresses: addressesOf(disk, { read, write }),
    contacts: contactsOf(disk, { read, write }),
    dialogs: dialogsOf(disk, { read, write }),
    bindings: bindingsOf(disk, now, { read, write }),
    traces: { append: () => write(() => undefined) } satisfies Used<"traces", "append">,
  });
}

/** Rows of history are nobody's concern here: they are there at once. What the floor begins with is a little behind. */
function projectorOf(disk: Disk, { read }: Ask): Projector {
  return {
    figures: { seq: 0, behind: 0, toRebuild: null, batches: 0, failures: 0, leftOut: 0 },
    reached: async () => true,
    report: (from) => read(() => reportOf(disk.entries.slice(0, -behindMax), from)),
    onRebuilt: () => () => undefined,
    close: async () => undefined,
    abandon: () => undefined,
  };
}

const behindMax = 7;

function reportOf(entries: readonly JournalEntry[], from: Instant): Report {
  const book = emptyBook();
  const rollups = entries.flatMap((entry) => foldSegments(book, entry).flatMap(rollupDeltas));
  return { seq: entries.at(-1)?.seq ?? 0, book, rollups: rollups.filter(({ key }) => key.slot >= from) };
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
): Omit<Store["journal"], "readContact"> {
  return {
    append: (_, epoch, entries) =>
      write(() => {
        // Those that stand there already are compared and skipped.
        database.judge(entries.filter(({ seq }) => seq > disk.lastSeq));
        disk.append(epoch, entries);
      }),
    readFrom: (_, seq) => portions(seq, (from) => read(() => disk.entriesFrom(from).slice(0, 500))),
    lastSeq: () => read(() => disk.lastSeq),
    loadSnapshot: (_, version) => read(() => disk.loadSnapshot(version)),
    saveSnapshot: (_, version, seq, state) => write(() => disk.saveSnapshot(version, seq, state)),
    acquireLease: () => write(() => disk.acquireLease(now())),
    renewLease: (_, epoch) => write(() => disk.renewLease(epoch, now())),
    releaseLease: () => write(() => undefined),
  };
}

/** Who was looked up once is known without the database. */
function addressesOf(disk: Disk, { read, write }: Ask) {
  const known = new Set<string>();
  const find = (input: AddressInput): string => {
    const { id } = disk.address(input);
    known.add(id);
    return id;
  };
  const identified = (input: AddressInput) => ({ addressId: disk.address(input).id, customers: [] });
  const remembered = (_: string, input: AddressInput): string | undefined => {
    const { id } = disk.address(input);
    return known.has(id) ? id : undefined;
  };
  const asked: Used<"addresses", "findOrCreate" | "findOrCreateMany" | "identify" | "get"> = {
    findOrCreate: (_, input) => write(() => find(input)),
    findOrCreateMany: (_, inputs) => write(() => inputs.map(find)),
    identify: (_, input) => write(() => ({ addressId: find(input), customers: [] })),
    get: (_, id) => read(() => disk.addressById(id)),
  };
  return {
    ...asked,
    remembered,
    identified: (of: string, input: AddressInput) =>
      remembered(of, input) === undefined ? undefined : identified(input),
  };
}

function contactsOf(disk: Disk, { read }: Ask): Used<"contacts", "get"> {
  return {
    get: (_, contactId) =>
      read(() => {
        const found = disk.addressOfContact(contactId);
        // What telephones show of a caller is all that is asked of it here.
        return found.ok ? ({ address: found.value, customerName: null } as ContactRow) : undefined;
      }),
  };
}

function bindingsOf(disk: Disk, now: () => Instant, { read, write }: Ask): Used<"bindings", "save" | "list"> {
  return {
    save: (_, deviceId, rows) =>
      write(() => {
        const bound = rows.map((row): BindingRow => ({ ...row, deviceId }));
        disk.bindings.set(deviceId, bound);
      }),
    list: () => read(() => [...disk.bindings.values()].flat().filter((row) => row.expiresAt > now())),
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

function only(course: Course, parts: object): Store {
  const part = (owner: string, of: object): object =>
    new Proxy(of, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        if (found !== undefined) return found;
        course.violate(`the simulated store has no ${owner}.${String(name)}: simulate it`);
        throw new Error("not simulated");
      },
    });
  const all = Object.entries(parts).map(([name, value]) => [name, part(name, value as object)] as const);
  return part("store", Object.fromEntries(all)) as Store;
}
