import type { TelephonyEvent } from "@centrala/contract";

/** Splits an id of the telephony, which serves all centres, into the centre and its own id. */
type Local = (id: string) => readonly [centreId: string, id: string];

/** An event as the centre that it concerns knows it: every id in it is the centre's own. */
export function localEvent(event: TelephonyEvent, local: Local): [centreId: string, event: TelephonyEvent] {
  if ("legId" in event) {
    const [centreId, legId] = local(event.legId);
    if (event.kind === "legAnswered" && typeof event.trunkId === "string")
      return [centreId, { ...event, legId, trunkId: local(event.trunkId)[1] }];
    if (event.kind !== "phoneJoin") return [centreId, { ...event, legId }];
    const [otherCentreId, otherLegId] = local(event.otherLegId);
    return [centreId, { ...event, legId, otherLegId: otherCentreId === centreId ? otherLegId : "" }];
  }
  if ("playId" in event) {
    const [centreId, playId] = local(event.playId);
    return [centreId, { ...event, playId }];
  }
  if ("collectId" in event) {
    const [centreId, collectId] = local(event.collectId);
    return [centreId, { ...event, collectId }];
  }
  const [centreId, recordingId] = local(event.recordingId);
  return [centreId, { ...event, recordingId }];
}
