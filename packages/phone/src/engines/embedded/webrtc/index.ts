export { type DtlsCertificate, newDtlsCertificate } from "./dtls-session.ts";
export type { WebRtcLegState } from "./leg.ts";
export {
  type OpenedWebRtcLeg,
  type WebRtcLegStats,
  WebRtcMux,
  type WebRtcMuxOptions,
  type WebRtcOpenRefusal,
  type WebRtcStartRefusal,
  type WebRtcStats,
} from "./mux.ts";
export type { OfferRefusal } from "./offer.ts";
