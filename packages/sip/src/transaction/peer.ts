/** How SIP travels (RFC 3261 section 18, RFC 7118 for the two over WebSocket). */
export type Transport = "UDP" | "TCP" | "TLS" | "WS" | "WSS";

/**
 * The far end of one hop. `connectionId` names the socket or connection a packet came by, so that its answer goes back
 * by the same one; absent, the transport opens or picks one.
 */
export interface Peer {
  readonly transport: Transport;
  /** An IP address as text, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly connectionId?: string;
  /** Where to connect once the connection `connectionId` names has gone: what the far end says it listens on. */
  readonly elsewhere?: { readonly address: string; readonly port: number };
  /** The name the address was resolved from, for the certificate of a TLS connection to be checked against. */
  readonly serverName?: string;
}

/** Bytes to send. `transactionKey` names the request they belong to, so that a failure to send can be told. */
export interface OutgoingPacket {
  readonly bytes: Uint8Array;
  readonly peer: Peer;
  readonly transactionKey?: string;
  /** The call the packet belongs to, when there is one; for its message trace. */
  readonly call?: number;
}

/** UDP alone may lose packets, so only there are timers A, E, G, I, J, K and D needed. */
export function isReliable(transport: Transport): boolean {
  return transport !== "UDP";
}

/** The port a transport uses when none is written (RFC 3261 section 18.2.1). */
export function defaultPort(transport: Transport): number {
  switch (transport) {
    case "UDP":
    case "TCP":
      return 5060;
    case "TLS":
      return 5061;
    case "WS":
      return 80;
    case "WSS":
      return 443;
  }
}
