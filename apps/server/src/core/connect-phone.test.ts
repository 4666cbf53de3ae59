import type { Input, Target, TelephonyCommand, TelephonyEvent } from "@centrala/contract";
import { fail, ok } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import type { SubmitCode } from "../app.ts";
import { connectPhone } from "./connect-phone.ts";
import type { OpenCentre } from "./open-centre.ts";
import { silentLog } from "./testing/silent-log.ts";

const outside: Target = { kind: "outside", addressId: "address", emergency: false };

/** A centre whose core says `codes` one after the other, null for yes; numbers are looked up when `found` is called. */
async function connected(...codes: (SubmitCode | null)[]) {
  const submitted: Input[] = [];
  const performed: TelephonyCommand[] = [];
  let tell: (event: TelephonyEvent) => void = () => {};
  let found: (target: Target) => void = () => {};
  const centre = {
    id: "home",
    core: {
      state: { reachableDevices: new Set<string>() },
      submit: async (input: Input) => {
        submitted.push(input);
        const code = codes.shift() ?? null;
        return code === null ? ok({ facts: [] }) : fail(code, "no");
      },
    },
    config: { current: { device: [] }, running: { number: [] }, onChange: () => () => {} },
  } as unknown as OpenCentre;
  const phone = {
    onEvent: (_centreId: string, listener: (event: TelephonyEvent) => void) => {
      tell = listener;
      return () => undefined;
    },
    configure: async () => {},
    deviceReachable: () => false,
    targetOf: () =>
      new Promise<Target>((resolve) => {
        found = resolve;
      }),
    perform: (_centreId: string, command: TelephonyCommand) => void performed.push(command),
  };
  await connectPhone(phone, centre, silentLog());
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    submitted,
    performed,
    tell: (event: TelephonyEvent) => (tell(event), settle()),
    found: (target: Target) => (found(target), settle()),
  };
}

const asked = (target: string): TelephonyEvent => ({ kind: "phoneTransfer", legId: "leg", target });
const ended: TelephonyEvent = { kind: "legEnded", legId: "leg", code: "HUNG_UP", sipStatus: null };

describe("the telephones of a centre that starts", () => {
  it("[T6] are those that are registered: what the last run believed is taken back", async () => {
    const submitted: Input[] = [];
    const centre = {
      id: "home",
      core: {
        state: { reachableDevices: new Set(["stale", "still", "removed"]) },
        submit: async (input: Input) => {
          submitted.push(input);
          return ok({ facts: [] });
        },
      },
      config: {
        current: { device: ["stale", "still", "new", "off"].map((id) => ({ id })) },
        running: { number: [] },
        onChange: () => () => {},
      },
    } as unknown as OpenCentre;
    const phone = {
      onEvent: () => () => {},
      configure: async () => {},
      deviceReachable: (_centreId: string, deviceId: string) => ["still", "new"].includes(deviceId),
      targetOf: async () => outside,
      perform: () => {},
    };
    await connectPhone(phone, centre, silentLog());
    expect(submitted).toEqual([
      { kind: "deviceReachable", deviceId: "stale", reachable: false },
      { kind: "deviceReachable", deviceId: "new", reachable: true },
      { kind: "deviceReachable", deviceId: "removed", reachable: false },
    ]);
  });
});

describe("a telephone's transfer key", () => {
  it("[C54] with an extension is the core's business alone", async () => {
    const { submitted, performed, tell } = await connected(null);
    await tell(asked("12"));
    expect([submitted, performed]).toEqual([[asked("12")], []]);
  });

  it("[C54] with a number is looked up, and a telephone that hangs up meanwhile does not end the call", async () => {
    const { submitted, performed, tell, found } = await connected("TARGET_UNKNOWN", null, null);
    await tell(asked("0888 123"));
    await tell(ended);
    expect(submitted).toEqual([asked("0888 123")]);
    await found(outside);
    expect(submitted.slice(1)).toEqual([{ kind: "phoneTransferTo", legId: "leg", target: outside }, ended]);
    expect(performed).toEqual([]);
  });

  it("[C55] with what can be nobody's number is told so", async () => {
    const { submitted, performed, tell } = await connected("TARGET_UNKNOWN");
    await tell(asked("somebody"));
    expect(submitted.length).toBe(1);
    expect(performed).toEqual([{ kind: "reportTransfer", legId: "leg", status: 404 }]);
  });

  it("[C55] that cannot be decided is answered all the same", async () => {
    const { performed, tell } = await connected("OVERLOADED");
    await tell(asked("12"));
    expect(performed).toEqual([{ kind: "reportTransfer", legId: "leg", status: 503 }]);
  });
});
