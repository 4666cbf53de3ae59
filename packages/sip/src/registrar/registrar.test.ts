import { describe, expect, it } from "vitest";
import type { Peer } from "../transaction/index.ts";
import { phoneRequest } from "../transaction/testing.ts";
import { Registrar } from "./registrar.ts";

const peer: Peer = { transport: "UDP", address: "203.0.113.5", port: 41_000 };

function register(lines: readonly string[], seq = 1, callId = "reg-1") {
  const request = phoneRequest("REGISTER", "z9hG4bKr", lines);
  request.headers.set("cseq", `${seq} REGISTER`);
  request.headers.set("call-id", callId);
  return request;
}

const a = "Contact: <sip:1001@192.0.2.7:5060>";

describe("registrar", () => {
  it("[RFC3261-10.3] binds a contact, lists it and lets it go when its time is over", () => {
    const registrar = new Registrar();
    expect(registrar.register(0, "1001", register([`${a};expires=120`]), peer)).toEqual({
      status: 200,
      contacts: ["<sip:1001@192.0.2.7:5060>;expires=120"],
    });
    expect(registrar.lookup(119_999, "1001").length).toBe(1);
    expect(registrar.poll(119_999)).toBe(120_000);
    registrar.takeEvents();
    registrar.poll(120_000);
    expect(registrar.takeEvents()).toEqual([{ user: "1001", bindings: [] }]);
    expect(registrar.lookup(120_000, "1001")).toEqual([]);
  });

  it("[RFC3261-10.3] the same contact again refreshes; an equal CSeq of the same Call-ID is out of order", () => {
    const registrar = new Registrar();
    registrar.register(0, "1001", register([a, "Expires: 60"], 5), peer);
    expect(registrar.register(1, "1001", register([a, "Expires: 60"], 5), peer).status).toBe(500);
    expect(registrar.register(30_000, "1001", register([a, "Expires: 60"], 6), peer).status).toBe(200);
    expect(registrar.register(30_000, "1001", register([a, "Expires: 60"], 1, "other"), peer).status).toBe(200);
    expect(registrar.lookup(80_000, "1001").length).toBe(1);
  });

  it("[RFC3261-10.3] too short an expiry is 423 with Min-Expires, zero removes, too long is cut", () => {
    const registrar = new Registrar({ expiresMinS: 60, expiresMaxS: 600 });
    expect(registrar.register(0, "1001", register([`${a};expires=5`]), peer)).toEqual({ status: 423, minExpiresS: 60 });
    expect(registrar.register(0, "1001", register([`${a};expires=9999`]), peer)).toEqual({
      status: 200,
      contacts: ["<sip:1001@192.0.2.7:5060>;expires=600"],
    });
    expect(registrar.register(0, "1001", register([`${a};expires=0`], 2), peer)).toEqual({ status: 200, contacts: [] });
  });

  it("[RFC3261-10.2.2] Contact * with Expires 0 removes all; with anything else it is 400", () => {
    const registrar = new Registrar();
    registrar.register(0, "1001", register([a]), peer);
    expect(registrar.register(0, "1001", register(["Contact: *"], 2), peer).status).toBe(400);
    expect(registrar.register(0, "1001", register(["Contact: *", "Expires: 0"], 2), peer).status).toBe(200);
    expect(registrar.lookup(0, "1001")).toEqual([]);
  });

  it("[RFC3261-10.2.3] a REGISTER without Contact asks and changes nothing", () => {
    const registrar = new Registrar();
    registrar.register(0, "1001", register([a]), peer);
    registrar.takeEvents();
    expect(registrar.register(0, "1001", register([], 2), peer)).toEqual({
      status: 200,
      contacts: ["<sip:1001@192.0.2.7:5060>;expires=600"],
    });
    expect(registrar.takeEvents()).toEqual([]);
  });

  it("orders bindings by q and then by the newest", () => {
    const registrar = new Registrar();
    registrar.register(0, "u", register(["Contact: <sip:low@h>;q=0.1, <sip:high@h>;q=0.9"]), peer);
    registrar.register(1, "u", register(["Contact: <sip:new@h>;q=0.9"], 1, "second"), peer);
    expect(registrar.lookup(2, "u").map((binding) => binding.contact)).toEqual([
      "sip:new@h",
      "sip:high@h",
      "sip:low@h",
    ]);
  });

  it("[LIMIT] the eldest binding gives way at the limit of a user, and a full registrar answers 503", () => {
    const registrar = new Registrar({ bindingsPerUserMax: 2, usersMax: 1 });
    for (const seq of [1, 2, 3]) {
      registrar.register(seq, "u", register([`Contact: <sip:phone${seq}@h>`], 1, `call-${seq}`), peer);
    }
    expect(registrar.lookup(3, "u").map((binding) => binding.contact)).toEqual(["sip:phone3@h", "sip:phone2@h"]);
    expect(registrar.register(4, "v", register([a]), peer).status).toBe(503);
  });

  it("gives its bindings out and takes them back after a restart, without the expired ones", () => {
    const before = new Registrar();
    before.register(0, "1001", register([`${a};expires=100`]), peer);
    before.register(0, "1002", register(["Contact: <sip:1002@192.0.2.8>;expires=500"]), peer);
    const after = new Registrar();
    after.restore(200_000, JSON.parse(JSON.stringify(before.export())));
    expect(after.lookup(200_000, "1001")).toEqual([]);
    expect(after.lookup(200_000, "1002")).toEqual(before.lookup(200_000, "1002"));
  });
});
