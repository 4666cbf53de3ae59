import { type CentreConfig, type Fact, type SessionView, testNumberId, testTrunkId } from "@centrala/contract";
import { centreScope, type Store } from "@centrala/store";

type Guide = NonNullable<SessionView["guide"]>;
export type GuideStep = keyof Guide;
/** What the centre's guide keeps: a step that happened by its name, one that was left out with this behind it. */
const leftOutMark = ":left-out";

type Settings = Pick<Store, "settings">;

/** Key of an installation's setting that holds the guide's steps which were done or left out. */
function guideKey(centreId: string): string {
  return `guide/${centreId}`;
}

async function kept(store: Settings, centreId: string): Promise<ReadonlySet<string>> {
  const value = await store.settings.get(guideKey(centreId));
  return new Set(Array.isArray(value) ? value.filter((step): step is string => typeof step === "string") : []);
}

/** Keeps that a step was done or left out, for the whole centre. What was done stays done. */
export async function markGuideStep(
  store: Settings,
  centreId: string,
  step: GuideStep,
  how: "done" | "left-out",
): Promise<void> {
  const marks = await kept(store, centreId);
  const mark = how === "done" ? step : `${step}${leftOutMark}`;
  if (!marks.has(step) && !marks.has(mark)) await store.settings.put(guideKey(centreId), [...marks, mark]);
}

/** How far the centre is; what it already has counts as done by itself. */
export async function guideOf(
  store: Settings & Pick<Store, "customers">,
  centreId: string,
  config: Pick<CentreConfig, "user" | "trunk">,
): Promise<Guide> {
  const marks = await kept(store, centreId);
  const state = (step: GuideStep, has = false): Guide[GuideStep] => {
    if (has || marks.has(step)) return "done";
    return marks.has(`${step}${leftOutMark}`) ? "left-out" : "open";
  };
  const customers =
    marks.has("customers") || (await store.customers.search(centreScope(centreId), "", { limit: 1 })).items.length > 0;
  return {
    headset: state("headset"),
    testCall: state("testCall"),
    colleagues: state("colleagues", config.user.length > 1),
    customers: state("customers", customers),
    number: state(
      "number",
      config.trunk.some(({ id }) => id !== testTrunkId),
    ),
  };
}

/** Sees the steps that happen by themselves: a headset was connected, a test call was answered. */
export class GuideWatch {
  readonly #mark: (step: GuideStep) => Promise<void>;
  readonly #marked = new Set<GuideStep>();

  constructor(mark: (step: GuideStep) => Promise<void>) {
    this.#mark = mark;
  }

  /** @param numberIdOf the number by which a running contact came in */
  fold(fact: Fact, numberIdOf: (contactId: string) => string | null): void {
    if (fact.kind === "headsetAttached") this.#done("headset");
    if (fact.kind === "talkStarted" && numberIdOf(fact.contactId) === testNumberId) this.#done("testCall");
  }

  /** Written once a run; what cannot be stored is tried again with the next one. */
  #done(step: GuideStep): void {
    if (this.#marked.has(step)) return;
    this.#marked.add(step);
    void this.#mark(step).catch(() => this.#marked.delete(step));
  }
}
