/**
 * Presets of carriers in these markets: what their public instructions for PBX owners say. `fields` is what a person still has
 * to type; everything else is filled in. Where a carrier gives the host by contract, it is one of the fields.
 */
export type CarrierField = "username" | "password" | "host" | "sources";
export type CarrierPreset = {
  readonly id: string;
  readonly name: string;
  /** ISO 3166-1; "*" serves many countries. */
  readonly countries: readonly string[];
  readonly way: "registration" | "address";
  readonly host: string | null;
  readonly port: number | null;
  readonly transport: "udp" | "tcp" | "tls";
  readonly calledFrom: "request-uri" | "to";
  readonly codecs: readonly ("pcma" | "pcmu")[];
  readonly fields: readonly CarrierField[];
};

const registration = {
  way: "registration",
  port: null,
  transport: "udp",
  calledFrom: "request-uri",
  codecs: ["pcma", "pcmu"],
} as const;
const address = {
  way: "address",
  host: null,
  port: null,
  transport: "udp",
  calledFrom: "request-uri",
  codecs: ["pcma", "pcmu"],
  fields: ["host", "sources"],
} as const;

export const carrierPresets: readonly CarrierPreset[] = [
  {
    ...registration,
    id: "zadarma",
    name: "Zadarma",
    countries: ["*"],
    host: "sip.zadarma.com",
    calledFrom: "to",
    fields: ["username", "password"],
  },
  {
    ...registration,
    id: "novofon",
    name: "Новофон",
    countries: ["RU"],
    host: "sip.novofon.ru",
    calledFrom: "to",
    fields: ["username", "password"],
  },
  {
    ...registration,
    id: "sipnet",
    name: "SIPNET",
    countries: ["RU"],
    host: "sipnet.ru",
    calledFrom: "to",
    fields: ["username", "password"],
  },
  {
    ...registration,
    id: "multifon",
    name: "МегаФон Мультифон",
    countries: ["RU"],
    host: "multifon.ru",
    calledFrom: "to",
    fields: ["username", "password"],
  },
  {
    ...registration,
    id: "mango",
    name: "Манго Офис",
    countries: ["RU"],
    host: null,
    calledFrom: "to",
    fields: ["username", "password", "host"],
  },
  {
    ...registration,
    id: "beeline-ru",
    name: "билайн, SIP-линия",
    countries: ["RU"],
    host: null,
    calledFrom: "to",
    fields: ["username", "password", "host"],
  },
  { ...address, id: "mts-ru", name: "МТС, SIP-транк", countries: ["RU"] },
  { ...address, id: "rostelecom", name: "Ростелеком, SIP-транк", countries: ["RU"] },
  { ...address, id: "a1-bg", name: "A1 България, SIP транк", countries: ["BG"] },
  { ...address, id: "vivacom", name: "Vivacom, SIP транк", countries: ["BG"] },
  { ...address, id: "yettel-bg", name: "Yettel България, SIP транк", countries: ["BG"] },
  {
    ...registration,
    id: "sipgate",
    name: "sipgate trunking",
    countries: ["DE", "GB"],
    host: "sipconnect.sipgate.de",
    calledFrom: "to",
    fields: ["username", "password"],
  },
  {
    ...registration,
    id: "telnyx",
    name: "Telnyx",
    countries: ["*"],
    host: "sip.telnyx.com",
    codecs: ["pcmu", "pcma"],
    fields: ["username", "password"],
  },
  {
    ...registration,
    id: "voipms",
    name: "VoIP.ms",
    countries: ["US", "CA"],
    host: null,
    codecs: ["pcmu", "pcma"],
    fields: ["username", "password", "host"],
  },
  { ...address, id: "twilio", name: "Twilio Elastic SIP Trunking", countries: ["*"], codecs: ["pcmu", "pcma"] },
  {
    ...registration,
    id: "other-registration",
    name: "",
    countries: ["*"],
    host: null,
    fields: ["username", "password", "host"],
  },
  { ...address, id: "other-address", name: "", countries: ["*"] },
];
