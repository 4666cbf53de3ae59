import type { Input, Target, TelephonyEvent } from "@centrala/contract";
import { type CentreState, times } from "@centrala/domain";
import { describe, expect, it } from "vitest";
import { centreId, SeamBench } from "./testing/seam-bench.ts";

const outside: Target = { kind: "outside", addressId: "far", emergency: true };
const dialled: Input = {
  kind: "operatorDialled",
  contactId: "dialled",
  operatorId: "anna",
  legId: null,
  target: outside,
  clientId: "main",
  callerNumberId: null,
  customerId: null,
};

function whereIs(state: CentreState): string[] {
  return [
    ...[...state.arrivals.values()].map(({ gone }) => (gone === null ? "arriving" : "gone")),
    ...[...state.contacts.values()].map(({ phase }) => phase.kind),
  ];
}

describe("a call on a line", () => {
  it("[T1] is the core's at once, and goes on when its caller is found", async () => {
    const bench = await SeamBench.start();
    const legId = bench.arrives();
    await bench.settled();
    expect(whereIs(bench.core.state)).toEqual(["arriving"]);
    expect(bench.questions.map(({ what }) => what)).toEqual(["identify"]);
    bench.questions[0]?.answer();
    await bench.settled();
    expect(whereIs(bench.core.state)).toEqual(["waiting"]);
    expect(bench.inputs.map(({ kind }) => kind)).toEqual(["callArriving", "callIdentified"]);
    const [contact] = bench.core.state.contacts.values();
    expect(contact).toMatchObject({ addressId: "address of +359888123456", customerLegId: legId });
    expect(bench.asked(legId)).toContain("answerLeg");
  });

  it("[T1] is one entry when memory knows its numbers, or it shows none", async () => {
    const bench = await SeamBench.start();
    bench.remembered.set("address of +359888123456", { addressId: "address of +359888123456", customers: [] });
    bench.arrives();
    bench.arrives({ caller: null });
    await bench.settled();
    expect(bench.inputs.map(({ kind }) => kind)).toEqual(["callArrived", "callArrived"]);
    expect(bench.questions).toEqual([]);
  });

  it("[T1] whose caller goes during the look-up is offered to nobody, and registered with the number", async () => {
    const bench = await SeamBench.start();
    const legId = bench.arrives();
    bench.ends(legId);
    await bench.settled();
    expect(whereIs(bench.core.state)).toEqual(["gone"]);
    bench.questions[0]?.answer();
    await bench.settled();
    expect([whereIs(bench.core.state), bench.core.state.offers.size, bench.core.state.ended.size]).toEqual([[], 0, 1]);
    expect(bench.asked(legId)).toEqual([]);
  });

  it("[T1] goes on without its caller when the look-up fails", async () => {
    const bench = await SeamBench.start();
    bench.arrives();
    await bench.settled();
    bench.questions[0]?.fail(new Error("the database is away"));
    await bench.settled();
    const [contact] = bench.core.state.contacts.values();
    expect(contact).toMatchObject({
      addressId: null,
      calledAddressId: "address of +35924001001",
      phase: { kind: "waiting" },
    });
  });

  it("[T1] is not kept waiting by a look-up that never ends, and what comes late means nothing", async () => {
    const bench = await SeamBench.start();
    bench.arrives();
    await bench.settled();
    const [arrival] = bench.core.state.arrivals.values();
    expect((arrival?.until ?? 0) - Date.now()).toBeLessThanOrEqual(times.identifyMs);
    // The core's own deadline; that it comes is [C61].
    expect(bench.core.state.deadlines.first()?.key).toBe(`arrival:${arrival?.id}`);
  });

  it("[T1] is over for the core when it is refused", async () => {
    const bench = await SeamBench.start();
    const legId = bench.arrives({ called: "+35924009999" });
    await bench.settled();
    expect(bench.performed).toEqual([{ kind: "rejectLeg", legId, status: 404, retryAfterS: undefined }]);
    expect(bench.inputs).toEqual([]);
  });
});

describe("a call of an operator's telephone", () => {
  const from = { kind: "device", deviceId: `${centreId}:phone` } as const;

  it("[T2] that is hung up during the look-up is dialled to nobody", async () => {
    const bench = await SeamBench.start();
    const legId = bench.arrives({ from, called: "0888000000" });
    bench.ends(legId);
    await bench.settled();
    expect(bench.inputs).toEqual([]);
    bench.questions[0]?.answer();
    await bench.settled();
    expect(bench.inputs.map(({ kind }) => kind)).toEqual(["operatorDialled", "legEnded"]);
    expect([whereIs(bench.core.state), bench.asked(legId)]).toEqual([[], []]);
  });

  it("[T2] is refused when its number can't be looked up", async () => {
    const bench = await SeamBench.start();
    const legId = bench.arrives({ from, called: "0888000000" });
    bench.questions[0]?.fail(new Error("the database is away"));
    await bench.settled();
    expect(bench.performed).toEqual([{ kind: "rejectLeg", legId, status: 503, retryAfterS: 5 }]);
  });
});

describe("a leg that nobody wants any more", () => {
  it("[T4] is not dialled when it was hung up before its number was found", async () => {
    const bench = await SeamBench.start();
    await bench.core.submit(dialled);
    await bench.core.submit({ kind: "hungUp", contactId: "dialled", operatorId: "anna" });
    bench.questions[0]?.answer();
    await bench.settled();
    expect(bench.performed.map(({ kind }) => kind).filter((kind) => kind.startsWith("dial"))).toEqual([]);
    expect([...bench.legs]).toEqual([]);
  });

  it.each<TelephonyEvent>([
    { kind: "legRinging", legId: "" },
    { kind: "legEarlyMedia", legId: "" },
    { kind: "legAnswered", legId: "" },
    { kind: "mediaLost", legId: "" },
    { kind: "legHeld", legId: "", on: true },
    { kind: "phoneTransfer", legId: "", target: "201" },
    { kind: "phoneJoin", legId: "", otherLegId: "" },
  ])("[T5] is dropped when $kind is told of it", async (event) => {
    const bench = await SeamBench.start();
    const legId = `${centreId}:leg99-1`;
    bench.legs.add(legId);
    bench.tell({ ...event, legId } as TelephonyEvent);
    await bench.settled();
    expect(bench.performed.filter(({ kind }) => kind === "dropLeg")).toEqual([
      { kind: "dropLeg", legId, code: "DROPPED" },
    ]);
    expect(bench.inputs).toEqual([]);
  });

  it("[T5] but one that is being looked up, or is over, is left alone", async () => {
    const bench = await SeamBench.start();
    const legId = bench.arrives({ from: { kind: "device", deviceId: `${centreId}:phone` }, called: "0888" });
    bench.tell({ kind: "mediaLost", legId });
    bench.tell({ kind: "mediaLost", legId: `${centreId}:leg99-1` });
    await bench.settled();
    expect(bench.performed).toEqual([]);
  });
});
