import { describe, expect, it } from "vitest";
import { createResponse, type SipRequest } from "../message/index.ts";
import { TransactionLayer } from "./layer.ts";
import type { Peer, Transport } from "./peer.ts";
import { nameOf, phoneRequest } from "./testing.ts";

const cookie = "z9hG4bKabc1";

function peerBy(transport: Transport): Peer {
  return { transport, address: "192.0.2.7", port: 5060 };
}

function takeNames(layer: TransactionLayer<string>): string[] {
  return layer.takePackets().map(nameOf);
}

/** Lets time pass to `until` in the steps the layer asks for, and tells when each packet went out. */
function runUntil(layer: TransactionLayer<string>, until: number): [number, string][] {
  const sent: [number, string][] = [];
  for (let at = layer.poll(0); at !== undefined && at <= until; at = layer.poll(at)) {
    layer.poll(at);
    for (const name of takeNames(layer)) sent.push([at, name]);
  }
  return sent;
}

function client(method: string, transport: Transport = "UDP") {
  const layer = new TransactionLayer<string>();
  const request = phoneRequest(method, cookie, [], transport);
  const transaction = layer.start(0, request, peerBy(transport), "owner");
  if (transaction === undefined) throw new Error("the layer is full");
  layer.takePackets();
  return { layer, request, transaction };
}

function server(method: string, transport: Transport = "UDP") {
  const layer = new TransactionLayer<string>();
  const request = phoneRequest(method, cookie, [], transport);
  layer.handle(0, request, peerBy(transport));
  const transaction = layer.open(request, peerBy(transport), "owner");
  if (transaction === undefined) throw new Error("the layer is full");
  return { layer, request, transaction };
}

function answer(layer: TransactionLayer<string>, at: number, request: SipRequest, status: number, toTag = "to1") {
  return layer.handle(at, createResponse(request, status, undefined, { toTag }), peerBy("UDP"));
}

describe("INVITE client transaction", () => {
  it("[RFC3261-17.1.1.2] timer A doubles without a cap and timer B ends after 64*T1", () => {
    const { layer } = client("INVITE");
    const sent = runUntil(layer, 40_000).map(([at]) => at);
    expect(sent).toEqual([500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(layer.takeEvents().map((event) => event.kind)).toEqual(["timeout"]);
    expect(layer.counters.live).toBe(0);
  });

  it("[RFC3261-17.1.1.2] timer A does not run on a reliable transport", () => {
    const { layer } = client("INVITE", "TCP");
    expect(runUntil(layer, 40_000)).toEqual([]);
    expect(layer.takeEvents().map((event) => event.kind)).toEqual(["timeout"]);
  });

  it("[RFC3261-17.1.1.2] a provisional response stops retransmission and timer B", () => {
    const { layer, request } = client("INVITE");
    expect(answer(layer, 100, request, 180).kind).toBe("response");
    expect(runUntil(layer, 1_000_000)).toEqual([]);
    expect(layer.counters.live).toBe(1);
  });

  it("[RFC3261-17.1.1.3] a refusal is acknowledged on the same branch, again for each repetition, until timer D", () => {
    const { layer, request } = client("INVITE");
    expect(answer(layer, 100, request, 486).kind).toBe("response");
    const [ack] = layer.takePackets();
    expect(ack === undefined ? "" : nameOf(ack)).toBe("ACK");
    expect(answer(layer, 600, request, 486).kind).toBe("absorbed");
    expect(takeNames(layer)).toEqual(["ACK"]);
    // At the end of the half second, when others end, too.
    expect(layer.poll(32_499)).toBe(32_500);
    expect(layer.counters.live).toBe(1);
    layer.poll(32_500);
    expect([layer.counters.live, layer.takeEvents()]).toEqual([0, []]);
  });

  it("[RFC6026-7.2] after a 2xx other 2xx still go up until timer M, and a repeated one is acknowledged again", () => {
    const { layer, request, transaction } = client("INVITE");
    expect(answer(layer, 100, request, 200, "a").kind).toBe("response");
    layer.acknowledge(transaction, "a", new Uint8Array([1]), peerBy("UDP"));
    expect(layer.takePackets().length).toBe(1);
    expect(answer(layer, 600, request, 200, "a").kind).toBe("absorbed");
    expect(layer.takePackets().map((packet) => [...packet.bytes])).toEqual([[1]]);
    expect(answer(layer, 700, request, 200, "fork").kind).toBe("response");
    layer.poll(32_500);
    expect(answer(layer, 32_600, request, 200, "a").kind).toBe("stray");
  });

  it("[RFC3261-17.1.4] a transport failure is told at once as a time-out", () => {
    const { layer, transaction } = client("INVITE");
    layer.transportFailed(transaction.key);
    expect(layer.takeEvents().map((event) => event.kind)).toEqual(["timeout"]);
    expect(layer.counters.live).toBe(0);
  });
});

describe("non-INVITE client transaction", () => {
  it("[RFC3261-17.1.2.2] timer E doubles up to T2 and timer F ends after 64*T1", () => {
    const { layer } = client("OPTIONS");
    const sent = runUntil(layer, 40_000).map(([at]) => at);
    expect(sent).toEqual([500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(layer.takeEvents().map((event) => event.kind)).toEqual(["timeout"]);
  });

  it("[RFC3261-17.1.2.2] in proceeding timer E stands at T2", () => {
    const { layer, request } = client("OPTIONS");
    answer(layer, 100, request, 100);
    expect(runUntil(layer, 9_000).map(([at]) => at)).toEqual([500, 4_500, 8_500]);
  });

  it("[RFC3261-17.1.2.2] a final response goes up once; timer K absorbs repetitions for T4", () => {
    const { layer, request } = client("OPTIONS");
    expect(answer(layer, 100, request, 200).kind).toBe("response");
    expect(answer(layer, 200, request, 200).kind).toBe("absorbed");
    layer.poll(5_500);
    expect(answer(layer, 5_600, request, 200).kind).toBe("stray");
  });

  it("[RFC3261-17.1.2.2] on a reliable transport timer K is zero", () => {
    const { layer, request } = client("OPTIONS", "TLS");
    answer(layer, 100, request, 200);
    expect(layer.counters.live).toBe(0);
  });
});

describe("INVITE server transaction", () => {
  it("[RFC3261-17.2.1] a repeated INVITE gets the last provisional response again", () => {
    const { layer, request, transaction } = server("INVITE");
    layer.respond(0, transaction, createResponse(request, 180, undefined, { toTag: "t" }));
    layer.takePackets();
    expect(layer.handle(500, phoneRequest("INVITE", cookie), peerBy("UDP")).kind).toBe("absorbed");
    expect(takeNames(layer)).toEqual(["180 INVITE"]);
  });

  it("[RFC3261-17.2.1] timer G repeats a refusal up to T2 apart, timer H tells that no ACK came", () => {
    const { layer, request, transaction } = server("INVITE");
    layer.respond(0, transaction, createResponse(request, 486, undefined, { toTag: "t" }));
    layer.takePackets();
    const sent = runUntil(layer, 40_000).map(([at]) => at);
    expect(sent).toEqual([500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(layer.takeEvents().map((event) => event.kind)).toEqual(["ack-missing"]);
  });

  it("[RFC3261-17.2.1] the ACK of a refusal is absorbed and timer I ends after T4", () => {
    const { layer, request, transaction } = server("INVITE");
    layer.respond(0, transaction, createResponse(request, 486, undefined, { toTag: "t" }));
    layer.takePackets();
    expect(layer.handle(100, phoneRequest("ACK", cookie), peerBy("UDP")).kind).toBe("absorbed");
    expect(runUntil(layer, 40_000)).toEqual([]);
    expect([layer.counters.live, layer.takeEvents()]).toEqual([0, []]);
  });

  it("[RFC3261-17.2.1] on a reliable transport a refusal is not repeated, and the ACK ends at once", () => {
    const { layer, request, transaction } = server("INVITE", "TCP");
    layer.respond(0, transaction, createResponse(request, 486, undefined, { toTag: "t" }));
    layer.takePackets();
    expect(runUntil(layer, 31_000)).toEqual([]);
    layer.handle(31_000, phoneRequest("ACK", cookie, [], "TCP"), peerBy("TCP"));
    expect(layer.counters.live).toBe(0);
  });

  it("[RFC3261-13.3.1.4] a 2xx is repeated on every transport until its ACK", () => {
    const { layer, request, transaction } = server("INVITE", "TCP");
    layer.respond(0, transaction, createResponse(request, 200, undefined, { toTag: "t" }));
    layer.takePackets();
    expect(runUntil(layer, 4_000).map(([at]) => at)).toEqual([500, 1_500, 3_500]);
    layer.acknowledged(transaction);
    expect(runUntil(layer, 60_000)).toEqual([]);
    expect(layer.takeEvents()).toEqual([]);
  });

  it("[RFC3261-13.3.1.4] an ACK that never comes is told after 64*T1", () => {
    const { layer, request, transaction } = server("INVITE");
    layer.respond(0, transaction, createResponse(request, 200, undefined, { toTag: "t" }));
    runUntil(layer, 40_000);
    expect(layer.takeEvents().map((event) => event.kind)).toEqual(["ack-missing"]);
  });

  it("[RFC6026-7.1] in accepted a repeated INVITE is absorbed until timer L", () => {
    const { layer, request, transaction } = server("INVITE");
    layer.respond(0, transaction, createResponse(request, 200, undefined, { toTag: "t" }));
    layer.acknowledged(transaction);
    layer.takePackets();
    expect(layer.handle(20_000, phoneRequest("INVITE", cookie), peerBy("UDP")).kind).toBe("absorbed");
    expect(layer.takePackets()).toEqual([]);
    layer.poll(32_000);
    expect(layer.handle(32_100, phoneRequest("INVITE", cookie), peerBy("UDP")).kind).toBe("request");
  });

  it("[RFC3261-9.2] a CANCEL finds its INVITE by branch and sent-by", () => {
    const { layer, transaction } = server("INVITE");
    expect(layer.cancelledBy(phoneRequest("CANCEL", cookie))).toBe(transaction);
    expect(layer.cancelledBy(phoneRequest("CANCEL", "z9hG4bKother"))).toBe(undefined);
  });
});

describe("non-INVITE server transaction", () => {
  it("[RFC3261-17.2.2] before the first response a repetition is silent, after the final one it is answered until J", () => {
    const { layer, request, transaction } = server("BYE");
    layer.handle(500, phoneRequest("BYE", cookie), peerBy("UDP"));
    expect(layer.takePackets()).toEqual([]);
    layer.respond(600, transaction, createResponse(request, 200, undefined, { toTag: "t" }));
    layer.handle(700, phoneRequest("BYE", cookie), peerBy("UDP"));
    expect(takeNames(layer)).toEqual(["200 BYE", "200 BYE"]);
    layer.poll(33_000);
    expect(layer.counters.live).toBe(0);
  });

  it("[RFC3261-17.2.2] a second final response is refused", () => {
    const { layer, request, transaction } = server("BYE");
    expect(layer.respond(0, transaction, createResponse(request, 200))).toBe(true);
    expect(layer.respond(0, transaction, createResponse(request, 500))).toBe(false);
  });
});

describe("matching and addresses", () => {
  it("[RFC3261-17.2.3] the same branch from another sent-by is another transaction", () => {
    const { layer } = server("OPTIONS");
    const other = phoneRequest("OPTIONS", cookie);
    other.headers.set("via", `SIP/2.0/UDP 192.0.2.99:5060;branch=${cookie}`);
    expect(layer.handle(1, other, peerBy("UDP")).kind).toBe("request");
  });

  it("[RFC3261-17.2.3] an RFC 2543 request matches by its fields, and its ACK although the To tag differs", () => {
    const layer = new TransactionLayer<string>();
    const invite = phoneRequest("INVITE", "1");
    layer.handle(0, invite, peerBy("UDP"));
    const transaction = layer.open(invite, peerBy("UDP"), "owner");
    if (transaction === undefined) throw new Error("the layer is full");
    layer.respond(0, transaction, createResponse(invite, 404, undefined, { toTag: "t" }));
    expect(layer.handle(1, phoneRequest("INVITE", "1"), peerBy("UDP")).kind).toBe("absorbed");
    const ack = phoneRequest("ACK", "1");
    ack.headers.set("to", "<sip:service@198.51.100.1>;tag=t");
    expect(layer.handle(2, ack, peerBy("UDP")).kind).toBe("absorbed");
    expect(transaction.state).toBe("confirmed");
  });

  it("[RFC3581-4] received and rport are written, and the response goes to the port the request came from", () => {
    const layer = new TransactionLayer<string>();
    const request = phoneRequest("OPTIONS", `${cookie};rport`);
    const source: Peer = { transport: "UDP", address: "203.0.113.5", port: 41_000, connectionId: "socket-1" };
    layer.handle(0, request, source);
    expect(request.headers.get("via")).toBe(
      `SIP/2.0/UDP 192.0.2.7:5060;branch=${cookie};rport=41000;received=203.0.113.5`,
    );
    layer.refuse(createResponse(request, 404), request, source);
    expect(layer.takePackets().map((packet) => packet.peer)).toEqual([source]);
  });

  it("[RFC3261-18.2.2] without rport the response goes to the source address and the port of Via", () => {
    const layer = new TransactionLayer<string>();
    const request = phoneRequest("OPTIONS", cookie);
    const source: Peer = { transport: "UDP", address: "203.0.113.5", port: 41_000 };
    layer.handle(0, request, source);
    layer.refuse(createResponse(request, 404), request, source);
    expect(layer.takePackets().map((packet) => packet.peer)).toEqual([{ ...source, port: 5_060 }]);
  });
});

describe("limits", () => {
  it("[LIMIT] a full layer answers 503 with Retry-After and keeps no state", () => {
    const layer = new TransactionLayer<string>({ transactionsMax: 1, retryAfterS: 7 });
    const first = phoneRequest("OPTIONS", "z9hG4bK1x");
    const second = phoneRequest("OPTIONS", "z9hG4bK2x");
    expect(layer.open(first, peerBy("UDP"), "a")).toBeDefined();
    expect(layer.open(second, peerBy("UDP"), "b")).toBe(undefined);
    expect(takeNames(layer)).toEqual(["503 OPTIONS"]);
    expect(layer.counters).toEqual({ live: 1, refusedByLimit: 1, strayResponses: 0 });
  });

  it("[LIMIT] no source and no call takes more than its share, and calls always find room", () => {
    const layer = new TransactionLayer<string>({ transactionsMax: 10, perSourceMax: 2, perCallMax: 2 });
    let last = 0;
    const open = (method: string, call?: number, address = "192.0.2.7") => {
      last += 1;
      const source: Peer = { transport: "UDP", address, port: 5060 };
      return layer.open(phoneRequest(method, `z9hG4bKn${last}`), source, "owner", call) !== undefined;
    };
    expect([open("REGISTER"), open("REGISTER"), open("REGISTER")]).toEqual([true, true, false]);
    expect([open("REGISTER", undefined, "192.0.2.8"), open("REGISTER", undefined, "192.0.2.9")]).toEqual([true, true]);
    expect([open("INFO", 1), open("INFO", 1), open("INFO", 1), open("BYE", 1)]).toEqual([true, true, false, true]);
    // Half of the layer is full: strangers to calls wait, calls do not.
    expect([open("REGISTER", undefined, "192.0.2.10"), open("INVITE", 2)]).toEqual([false, true]);
    layer.poll(0);
  });

  it("[LIMIT] gives a share back when its transaction ends", () => {
    const layer = new TransactionLayer<string>({ perSourceMax: 1 });
    const register = phoneRequest("REGISTER", "z9hG4bK1x");
    const transaction = layer.open(register, peerBy("UDP"), "owner");
    if (transaction === undefined) throw new Error("the layer is full");
    layer.respond(0, transaction, createResponse(register, 200, undefined, { toTag: "a" }));
    expect(layer.open(phoneRequest("REGISTER", "z9hG4bK2x"), peerBy("UDP"), "owner")).toBe(undefined);
    layer.poll(32_000);
    expect(layer.open(phoneRequest("REGISTER", "z9hG4bK3x"), peerBy("UDP"), "owner")).toBeDefined();
  });
});
