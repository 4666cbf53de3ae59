import { z } from "zod";
import { readNetwork } from "../http/networks.ts";

const aPort = "a port is a whole number from 0 to 65535";
const port = z.coerce.number(aPort).int(aPort).min(0, aPort).max(65535, aPort);
const portRange = z
  .string()
  .regex(/^[0-9]{1,5}-[0-9]{1,5}$/, "two ports with a hyphen, for example 10000-10999")
  .transform((text) => text.split("-").map(Number) as [number, number])
  .refine(
    ([first, last]) => first >= 1024 && last <= 65535 && last - first >= 3,
    "from 1024 to 65535, the lower port first, at least four ports",
  )
  .transform(([first, last]) => ({ first, last }));
const aSilence = "0, or whole seconds from 10 to 86400";
const optionalText = z.string().trim().min(1).nullable().default(null);
const ipv4 = z.ipv4("an IPv4 address as carriers see it, for example 203.0.113.7");
const webAddress = z.url({ protocol: /^https?$/, error: "an address that begins with https://" });
/** In a file also as a list; elsewhere with commas. */
const networks = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(",").map((part) => part.trim()))])
  .refine(
    (list) => list.length > 0 && list.length <= 100 && list.every((text) => readNetwork(text) !== undefined),
    "addresses or networks with commas between, for example 127.0.0.1,10.0.0.0/8",
  );
const postgresAddress = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/, "an address like postgres://user:password@host:5432/database");

/**
 * Every setting once: flag `--http-port`, variable `CENTRALA_HTTP_PORT`, key `httpPort` of centrala.yaml in the data folder.
 * Flags weigh most, then variables, then the file. A port of 0 lets the system choose (tests).
 */
export const settingsSchema = z
  .object({
    data: z
      .string()
      .min(1)
      .default("")
      .describe("Folder of database, recordings and keys; .centrala in the project's folder unless set"),
    bind: z.string().min(1).default("0.0.0.0").describe("Address on which SIP, RTP and the web app listen"),
    publicAddress: ipv4
      .nullable()
      .default(null)
      .describe("Address under which carriers reach this machine; learnt from the carrier when absent"),
    publicUrl: webAddress
      .nullable()
      .default(null)
      .describe("Address of the web app as colleagues type it, for invitation links; found out when absent"),
    trustedProxies: networks
      .nullable()
      .default(null)
      .describe("Reverse proxies in front of the web app, whose X-Forwarded-* headers count"),
    httpPort: port.default(8080).describe("Web app for this computer (plain HTTP on loopback only)"),
    httpsPort: port.default(8443).describe("Web app for everyone else"),
    sipPort: port.default(5060).describe("SIP over UDP and TCP"),
    sipsPort: port.default(5061).describe("SIP over TLS"),
    rtpPorts: portRange
      .default({ first: 10000, last: 10999 })
      .describe("UDP ports for voice; the first is the browsers'"),
    silentAfterS: z.coerce
      .number(aSilence)
      .int(aSilence)
      .refine((seconds) => seconds === 0 || (seconds >= 10 && seconds <= 86_400), aSilence)
      .default(30)
      .describe("Seconds without sound after which a far end is asked whether it is still there; 0: never"),
    databaseUrl: postgresAddress
      .nullable()
      .default(null)
      .describe("PostgreSQL 15 or newer; the embedded one when absent"),
    tlsCert: optionalText.describe("Certificate chain (PEM file) instead of our own"),
    tlsKey: optionalText.describe("Its private key (PEM file)"),
    log: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info").describe("How much is logged"),
  })
  .strict();
export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** What two settings together may not be; null when they agree. A port of 0 never collides. */
export function disagreement(settings: Settings): { readonly name: SettingName; readonly message: string } | null {
  const tcp = (["httpPort", "httpsPort", "sipPort", "sipsPort"] as const).filter((name) => settings[name] !== 0);
  for (const [index, name] of tcp.entries()) {
    const other = tcp.slice(0, index).find((earlier) => settings[earlier] === settings[name]);
    if (other !== undefined) return { name, message: `${other} has this port already` };
  }
  const { first, last } = settings.rtpPorts;
  if (settings.sipPort >= first && settings.sipPort <= last)
    return { name: "sipPort", message: `rtpPorts (${first}-${last}) has this port already` };
  if ((settings.tlsCert === null) !== (settings.tlsKey === null))
    return {
      name: settings.tlsCert === null ? "tlsCert" : "tlsKey",
      message: "CENTRALA_TLS_CERT and CENTRALA_TLS_KEY are given together or not at all",
    };
  return null;
}
