import type { ContactDetail } from "@centrala/contract";
import { formatLength } from "../ui/format.ts";

export type TimelineItem = ContactDetail["timeline"][number];
type Value = string | number | boolean | null | undefined;
/** A text's key with its values; the caller translates. `detail` is a second, quieter sentence. */
export type Sentence = { key: string; values: Record<string, string | number>; detail?: Sentence };

const technical = new Set([
  "legStarted",
  "legRinging",
  "legAnswered",
  "legEnded",
  "queueSpoke",
  "waitReviewed",
  "played",
  "mutedChanged",
  "recordingStopped",
  "stepEntered",
  "variableSet",
  "headsetAttached",
  "headsetLost",
  "deviceReachable",
  "deviceChosen",
  "deviceMissing",
  "operatorChanged",
  "configured",
  "configChanged",
]);

/** Whether a line is for technicians: shown only when every step is asked for. */
export function isTechnical(item: TimelineItem): boolean {
  return technical.has(item.kind);
}

/** The sentence for a line of a contact's history. Kinds that are not known yet are named as they are. */
export function sentenceOf(item: TimelineItem): Sentence {
  const fact = `history:fact.${item.kind}`;
  const own = item.params;
  const values = valuesOf(item);
  switch (item.kind) {
    case "contactStarted":
      return { key: `${fact}.${text(own["direction"]) || "inbound"}`, values };
    case "keysEntered":
      if (own["keys"] === null || own["keys"] === undefined) return { key: "history:fact.keysSecret", values };
      return { key: text(own["label"]) ? fact : "history:fact.keysEnteredPlain", values };
    case "hoursTested":
      return { key: `${fact}.${own["open"] === true ? "open" : "closed"}`, values };
    case "queueSpoke":
      return {
        key: `${fact}.${hasNumber(own["position"]) ? "position" : text(own["phase"]) || "announcement"}`,
        values,
      };
    case "outgoingRefused":
      return { key: fact, values, detail: { key: `errors:refusal.${text(own["code"])}`, values: {} } };
    case "queueLeft":
    case "wrapUpEnded":
      return { key: `${fact}.${text(own["reason"])}`, values };
    case "offerMade":
      return offerMade(fact, item, values);
    case "offerEnded":
      return { key: `${fact}.${text(own["outcome"])}`, values };
    case "played":
      return { key: `${fact}.${text(own["what"])}`, values };
    case "heldChanged":
    case "mutedChanged":
    case "recordingPaused":
      return { key: `${fact}.${own["on"] === true ? "on" : "off"}`, values };
    case "consultEnded":
      return { key: `${fact}.${text(own["as"])}`, values };
    case "transferred":
      return { key: text(values["operator"]) ? fact : "history:fact.transferredFlow", values };
    case "recordingStarted":
      return { key: `${fact}.${own["voicemail"] === true ? "voicemail" : "call"}`, values };
    case "customerLinked":
      return { key: `${fact}.${text(values["customer"]) ? "on" : "off"}`, values };
    default:
      return { key: fact, values: { ...values, kind: item.kind } };
  }
}

function offerMade(fact: string, item: TimelineItem, values: Record<string, string | number>): Sentence {
  const idle = item.params["chosenIdleMs"];
  const candidates = item.params["candidates"];
  if (typeof idle !== "number" || typeof candidates !== "number") return { key: fact, values };
  return {
    key: fact,
    values,
    detail: { key: "history:fact.offerWhy", values: { idle: formatLength(idle), candidates } },
  };
}

/** Lengths become "0:20", everything else stays as the server joined it in. */
function valuesOf(item: TimelineItem): Record<string, string | number> {
  const values: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(item.params)) {
    if (typeof value === "string" || typeof value === "number") values[name] = value;
  }
  const lengths = { wait: "waitedMs", talk: "talkMs", hold: "holdMs", length: "durationMs" } as const;
  for (const [name, from] of Object.entries(lengths)) {
    const ms = item.params[from];
    if (typeof ms === "number") values[name] = formatLength(ms);
  }
  const synonyms = { operator: "fromOperator", target: "consultedOperator", result: "disposition" } as const;
  for (const [name, from] of Object.entries(synonyms)) {
    const given = item.params[from];
    if (values[name] === undefined && typeof given === "string") values[name] = given;
  }
  return values;
}

function text(value: Value): string {
  return typeof value === "string" ? value : "";
}
function hasNumber(value: Value): boolean {
  return typeof value === "number" && value > 0;
}
