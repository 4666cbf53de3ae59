/** How much room the data folder's disk has: people are told, recording stops, the reserve goes. */
export type DiskLevel = "fine" | "DISK_LOW" | "DISK_SHORT" | "DISK_FULL";
export type DiskSpace = { readonly freeBytes: number; readonly totalBytes: number };

export type DiskWatchOptions = {
  readonly space: () => Promise<DiskSpace>;
  /** A file of {@link reserveBytes} that is deleted so that the database can go on. */
  readonly reserve: { exists(): boolean; make(): Promise<void>; remove(): Promise<void> };
  /** Called each time the level is another than before. */
  readonly onLevel: (level: DiskLevel, space: DiskSpace, before: DiskLevel) => void;
};

const megabyte = 1_000_000;
const gigabyte = 1_000 * megabyte;
export const reserveBytes = 100 * megabyte;
const lowBytes = 2 * gigabyte;
/** A tenth of a large disk is plenty. */
const lowBytesMax = 20 * gigabyte;
const shortBytes = 300 * megabyte;
/** Recordings that stopped begin again only with some room to spare, so that they are not cut into pieces. */
const shortAgainBytes = 400 * megabyte;
const fullBytes = 50 * megabyte;
/** The reserve is made again only where it does not bring about what it is for. */
const reserveFromBytes = gigabyte;

/** @param space what the disk has, without the reserve */
export function levelOf({ freeBytes, totalBytes }: DiskSpace, before: DiskLevel = "fine"): DiskLevel {
  if (freeBytes < fullBytes) return "DISK_FULL";
  if (freeBytes < (isShort(before) ? shortAgainBytes : shortBytes)) return "DISK_SHORT";
  return freeBytes < Math.max(lowBytes, Math.min(totalBytes / 10, lowBytesMax)) ? "DISK_LOW" : "fine";
}

/** Whether recordings have no room. */
export function isShort(level: DiskLevel): boolean {
  return level === "DISK_SHORT" || level === "DISK_FULL";
}

/** Looks at the disk from time to time; the database is to have room for longer than recordings. */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  #level: DiskLevel = "fine";
  #space: DiskSpace = { freeBytes: 0, totalBytes: 0 };

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  get level(): DiskLevel {
    return this.#level;
  }

  get space(): DiskSpace {
    return this.#space;
  }

  /** No recording begins while this is so. */
  get short(): boolean {
    return isShort(this.#level);
  }

  /** @param mayReserve whether the reserve may be made now: not in the first minute, in which a disk has other work */
  async look(mayReserve: boolean): Promise<void> {
    const { reserve, space, onLevel } = this.#options;
    this.#space = await space();
    const before = this.#level;
    this.#level = levelOf(this.#space, before);
    if (this.#level !== before) onLevel(this.#level, this.#space, before);
    if (this.#level === "DISK_FULL") {
      if (reserve.exists()) await reserve.remove();
    } else if (mayReserve && this.#space.freeBytes > reserveFromBytes && !reserve.exists()) await reserve.make();
  }
}
