import type { OperatorDevice } from "@centrala/contract";
import type { CentreState } from "../state.ts";
import type { Operator } from "./operator.ts";

/** What an operator is rung on: the chosen device when it is there, otherwise whatever is; null when nothing is. */
export function pickDevice(state: CentreState, operator: Operator): OperatorDevice | null {
  const headset: OperatorDevice | null =
    operator.headsetLegId === null ? null : { kind: "headset", legId: operator.headsetLegId };
  const phone = reachablePhone(state, operator);
  return operator.chosen === "phone" ? (phone ?? headset) : (headset ?? phone);
}

function reachablePhone(state: CentreState, operator: Operator): OperatorDevice | null {
  const devices = state.config.operators.get(operator.id)?.deviceIds ?? [];
  const deviceId = devices.find((id) => state.reachableDevices.has(id));
  return deviceId === undefined ? null : { kind: "phone", deviceId };
}
