import type { SignallingOptions } from "./types.ts";

/** One line that says which port or address could not be had, and which setting mends it. */
export function startError(
  { bind, sipPort, sipsPort }: SignallingOptions,
  code: "SIP_PORT_TAKEN" | "SIP_ADDRESS_UNUSABLE",
  message: string,
): Error {
  if (code === "SIP_ADDRESS_UNUSABLE")
    return Object.assign(new Error(`SIP cannot listen on ${bind}: ${message}; choose another with CENTRALA_BIND`), {
      code,
      setting: "CENTRALA_BIND",
    });
  const secure = sipsPort !== null && sipsPort !== sipPort && message.includes(`:${sipsPort}`);
  const setting = secure ? "CENTRALA_SIPS_PORT" : "CENTRALA_SIP_PORT";
  const port = secure ? sipsPort : sipPort;
  return Object.assign(new Error(`port ${port} is taken by another program; choose another with ${setting}`), {
    code,
    setting,
  });
}
