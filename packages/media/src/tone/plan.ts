/** Tones that a telephone network plays. */
export type ToneKind = "ringback" | "busy" | "congestion" | "beep" | "comfort";

/** One part of a cadence: frequencies that sound together (none is a pause). */
export interface ToneSegment {
  readonly hz: readonly number[];
  readonly ms: number;
}

/** A cadence, repeated from its start. */
export interface TonePlan {
  readonly segments: readonly ToneSegment[];
  readonly repeats: boolean;
}

type CountryTones = Readonly<Record<"ringback" | "busy" | "congestion", readonly ToneSegment[]>>;

function cadence(hz: readonly number[], ...ms: readonly number[]): readonly ToneSegment[] {
  return ms.map((length, index) => ({ hz: index % 2 === 0 ? hz : [], ms: length }));
}

// ITU-T E.180 supplement 2, "Various tones used in national networks".
const europe: CountryTones = {
  ringback: cadence([425], 1_000, 4_000),
  busy: cadence([425], 500, 500),
  congestion: cadence([425], 250, 250),
};
const northAmerica: CountryTones = {
  ringback: cadence([440, 480], 2_000, 4_000),
  busy: cadence([480, 620], 500, 500),
  congestion: cadence([480, 620], 250, 250),
};
const unitedKingdom: CountryTones = {
  ringback: cadence([400, 450], 400, 200, 400, 2_000),
  busy: cadence([400], 375, 375),
  congestion: cadence([400], 400, 350, 225, 525),
};
const byCountry: Readonly<Record<string, CountryTones>> = {
  BG: { ...europe, ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 500, 500) },
  RU: { ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 350, 350), congestion: cadence([425], 175, 175) },
  BY: { ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 350, 350), congestion: cadence([425], 175, 175) },
  KZ: { ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 350, 350), congestion: cadence([425], 175, 175) },
  UA: { ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 350, 350), congestion: cadence([425], 175, 175) },
  DE: { ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 480, 480), congestion: cadence([425], 240, 240) },
  FR: { ringback: cadence([440], 1_500, 3_500), busy: cadence([440], 500, 500), congestion: cadence([440], 250, 250) },
  IT: { ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 500, 500), congestion: cadence([425], 200, 200) },
  ES: { ringback: cadence([425], 1_500, 3_000), busy: cadence([425], 200, 200), congestion: cadence([425], 200, 200) },
  GR: { ringback: cadence([425], 1_000, 4_000), busy: cadence([425], 300, 300), congestion: cadence([425], 300, 300) },
  RO: { ringback: cadence([450], 1_850, 4_150), busy: cadence([450], 167, 167), congestion: cadence([450], 250, 250) },
  TR: { ringback: cadence([450], 2_000, 4_000), busy: cadence([450], 500, 500), congestion: cadence([450], 200, 200) },
  US: northAmerica,
  CA: northAmerica,
  GB: unitedKingdom,
  IE: unitedKingdom,
};

/**
 * The cadence of a tone in a country.
 * @param country ISO 3166 two-letter code in any case; countries without a table of their own get the European tones
 */
export function tonePlan(kind: ToneKind, country: string): TonePlan {
  if (kind === "beep") return { segments: [{ hz: [1_000], ms: 200 }], repeats: false };
  // Comfort: a soft, short double tone every five seconds says "you are still connected".
  if (kind === "comfort") return { segments: cadence([480], 100, 150, 100, 4_650), repeats: true };
  const tones = byCountry[country.toUpperCase()] ?? europe;
  return { segments: tones[kind], repeats: true };
}
