import { mayDial } from "@centrala/domain";
import { destinationOfAddress } from "./destinations.ts";
import { readNumber } from "./numbers.ts";
import type { OpenCentre } from "./open-centre.ts";

const nothing = () => ({ atOnce: 0, calls: 0, ms: 0, spent: 0 });

/**
 * Whether a call may follow its carrier to another number: to one that may be dialled and costs no more than the one that
 * was. What counts is the call as it was begun, so its limits are not asked again. Emergency calls may.
 */
export function mayFollow(centre: OpenCentre, legId: string, number: string): boolean {
  const { state } = centre.core;
  const charge = state.outgoing.legs.get(legId)?.charge;
  // Names inside the carrier's network are no numbers: they lead to where the carrier would have led the call anyway.
  if (charge === undefined || !/[0-9]{3}/.test(number)) return true;
  const { current } = centre.config;
  const destination = destinationOfAddress(readNumber(number, current.centre.country), current);
  const { operatorId, deviceId } = charge;
  const verdict = mayDial(state.config.core.outgoing, nothing, {
    destination,
    emergency: false,
    operatorId,
    deviceId,
    onDuty: true,
    trunkIds: [],
  });
  return verdict.allowed && destination.pricePerMinute <= charge.destination.pricePerMinute;
}
