import type { Capabilities } from "../message/index.ts";
import type { AgentCore, HeaderLines } from "./core.ts";

const methods = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "REFER", "NOTIFY"];

/** What this user agent takes. Reliable provisional responses are not offered, so Require: 100rel is 420. */
export function capabilitiesOf(registrar: boolean): Capabilities {
  return {
    role: "agent",
    methods: new Set(registrar ? [...methods, "REGISTER"] : methods),
    extensions: new Set(["timer"]),
    contentTypes: new Set([
      "application/sdp",
      "multipart/mixed",
      "application/dtmf-relay",
      "application/dtmf",
      "application/vnd.nortelnetworks.digits",
      "message/sipfrag",
    ]),
    answerTypes: new Set(["application/sdp"]),
    uriSchemes: new Set(["sip", "sips", "tel"]),
  };
}

/** Accept of our answers to OPTIONS: a session description, alone or among other parts. */
export const acceptHeader = ["accept", "application/sdp, multipart/mixed"] as const;

const headers: HeaderLines = [
  ["allow", methods.join(", ")],
  ["supported", "timer"],
];
const registrarHeaders: HeaderLines = [
  ["allow", [...methods, "REGISTER"].join(", ")],
  ["supported", "timer"],
];

/** Allow and Supported of our responses and INVITEs. */
export function capabilityHeaders(core: AgentCore): HeaderLines {
  return core.options.registrar === undefined ? headers : registrarHeaders;
}
