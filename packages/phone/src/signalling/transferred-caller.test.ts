import { describe, expect, it } from "vitest";
import { trunkInvite } from "./dialling.ts";
import { dial, trunkTo } from "./testing.ts";
import type { Trunk } from "./trunks.ts";

type Change = Parameters<typeof trunkTo>[1];

/** The headers that say who calls, of an INVITE to a carrier on whose behalf the call goes on. */
function shown(change: Change, onBehalfOf?: string | null): Record<string, string> {
  const settings = trunkTo(5060, { host: "carrier.example", callerIdIn: "from", ...change });
  const peer = { transport: "UDP", address: "127.0.0.1", port: 5060 } as const;
  const trunk = { settings, route: null, targets: [peer], sources: [] } as unknown as Trunk;
  const call = dial({ callerName: "Zora", ...(onBehalfOf === undefined ? {} : { onBehalfOf }) });
  const invite = trunkInvite(call, { trunk, peer }, "centre.example", "id", new Uint8Array());
  return { from: invite.from, ...Object.fromEntries(invite.headers ?? []) };
}

const caller = "+359888000001";
const registration = { username: "acc", authUsername: null, password: "p", expiresS: 300 };

describe("the caller of a call that goes on outside", () => {
  it("is not shown unless the line says so", () => {
    expect(shown({}, caller)).toEqual({ from: '"Zora" <sip:+359700123@centre.example>' });
    expect(shown({ transferredCallerIn: "none", callerIdIn: "both" }, caller)).toEqual(shown({ callerIdIn: "both" }));
  });

  it("stands in P-Asserted-Identity, From stays the centre's", () => {
    expect(shown({ transferredCallerIn: "p-asserted-identity" }, caller)).toEqual({
      from: '"Zora" <sip:+359700123@centre.example>',
      "p-asserted-identity": `<sip:${caller}@centre.example>`,
    });
  });

  it("stands in From, with the centre's number in Diversion", () => {
    expect(shown({ transferredCallerIn: "diversion", registration }, caller)).toEqual({
      from: `<sip:${caller}@carrier.example>`,
      diversion: "<sip:+359700123@carrier.example>;reason=unconditional;counter=1",
    });
  });

  it("stands in From alone, and the centre's stays asserted where the line asserts it", () => {
    expect(shown({ transferredCallerIn: "from" }, caller)).toEqual({ from: `<sip:${caller}@centre.example>` });
    expect(shown({ transferredCallerIn: "from", callerIdIn: "both" }, caller)).toEqual({
      from: `<sip:${caller}@centre.example>`,
      "p-asserted-identity": "<sip:+359700123@centre.example>",
    });
  });

  it("stays withheld where it is, and the carrier still knows whose line it is", () => {
    const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>';
    expect(shown({ transferredCallerIn: "diversion" }, null)).toEqual({
      from: anonymous,
      diversion: "<sip:+359700123@centre.example>;reason=unconditional;counter=1",
      privacy: "id",
    });
    for (const transferredCallerIn of ["from", "p-asserted-identity"] as const) {
      expect(shown({ transferredCallerIn }, null)).toEqual({
        from: anonymous,
        "p-asserted-identity": "<sip:+359700123@centre.example>",
        privacy: "id",
      });
    }
  });

  it("does not touch calls that go on on nobody's behalf", () => {
    expect(shown({ transferredCallerIn: "diversion" })).toEqual({ from: '"Zora" <sip:+359700123@centre.example>' });
  });
});
