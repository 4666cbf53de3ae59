import { describe, expect, it } from "vitest";
import { limits, times } from "../core/limits.ts";
import { step } from "../step.ts";
import { testConfig, testQueue } from "../testing/config.ts";
import { noNumbers, promptMs, TestCentre } from "../testing/harness.ts";

describe("contacts come and go", () => {
  it("[C1] a call enters the scenario of its number", () => {
    const centre = new TestCentre();
    const contactId = centre.call();
    expect(centre.facts("scenarioEntered")).toEqual([
      { kind: "scenarioEntered", contactId, scenarioId: "main", configVersion: 1 },
    ]);
    expect(centre.contact(contactId).phase.kind).toBe("waiting");
  });

  it("[C1] a number without a scenario answers 480, an unknown one 404", () => {
    const number = { id: "fax", trunkId: "carrier", clientId: "shop", scenarioId: null };
    const centre = new TestCentre(testConfig({ numbers: [number] }));
    centre.call({ contactId: "a", numberId: "fax" });
    centre.call({ contactId: "b", numberId: "other" });
    expect(centre.effects).toEqual([
      { kind: "rejectLeg", legId: "a-leg", status: 480 },
      { kind: "rejectLeg", legId: "b-leg", status: 404 },
    ]);
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual(["NUMBER_UNKNOWN", "NUMBER_UNKNOWN"]);
  });

  it("[C60] a call whose numbers are looked up is known at once and enters its scenario when they are found", () => {
    const centre = new TestCentre();
    const contactId = centre.arrive({ calledAddressId: "called" });
    expect(centre.effects).toEqual([{ kind: "identifyCaller", contactId, legId: `${contactId}-leg` }]);
    expect([centre.kinds, centre.state.contacts.size]).toEqual([["callArriving"], 0]);
    centre.identify(contactId, { callerAddressId: "caller", calledAddressId: "called", customerId: "boyko" });
    expect(centre.contact(contactId)).toMatchObject({
      addressId: "caller",
      calledAddressId: "called",
      customerId: "boyko",
      phase: { kind: "waiting" },
    });
    expect(centre.state.arrivals.size).toBe(0);
  });

  it("[C61] a look-up that takes too long is not waited for, and means nothing afterwards", () => {
    const centre = new TestCentre();
    const contactId = centre.arrive({ calledAddressId: "called" });
    centre.advance(times.identifyMs - 1);
    expect(centre.state.contacts.size).toBe(0);
    centre.advance(1);
    const late = { addressId: null, calledAddressId: "called", customerId: null, phase: { kind: "waiting" } };
    expect(centre.contact(contactId)).toMatchObject(late);
    expect(centre.identify(contactId, { callerAddressId: "caller" }).facts).toEqual([]);
    expect(centre.contact(contactId)).toMatchObject(late);
  });

  it("[C62] a caller who goes meanwhile is nobody's, and is registered with the number once it is found", () => {
    const centre = new TestCentre();
    centre.online("anna");
    const contactId = centre.arrive();
    centre.legEnds(`${contactId}-leg`, "CANCELLED");
    expect([centre.kinds, centre.state.offers.size]).toEqual([["callerGone"], 0]);
    expect(centre.legEnds(`${contactId}-leg`, "CANCELLED").facts).toEqual([]);
    centre.identify(contactId, { callerAddressId: "caller" });
    expect(centre.kinds).toEqual(["contactStarted", "legStarted", "legEnded", "contactEnded"]);
    expect(centre.facts("contactStarted")[0]).toMatchObject({ addressId: "caller" });
    expect([centre.endOf(contactId), centre.state.offers.size, centre.stateOf("anna")]).toEqual([
      "ABANDONED_IN_SCENARIO",
      0,
      "available",
    ]);
  });

  it("[C62] and without the number when it is not", () => {
    const centre = new TestCentre();
    const contactId = centre.arrive();
    centre.legEnds(`${contactId}-leg`, "CANCELLED");
    centre.advance(times.identifyMs);
    expect([centre.endOf(contactId), centre.state.arrivals.size]).toEqual(["ABANDONED_IN_SCENARIO", 0]);
  });

  it("[C63] whoever was arriving when the server went is registered after the restart", () => {
    const centre = new TestCentre();
    const waiting = centre.arrive();
    const gone = centre.arrive();
    centre.legEnds(`${gone}-leg`, "CANCELLED");
    centre.send({ kind: "recovered", legsAlive: [], aliveUntil: null });
    centre.advance(times.identifyMs);
    expect([centre.endOf(waiting), centre.endOf(gone)]).toEqual(["SERVER_RESTARTED", "ABANDONED_IN_SCENARIO"]);
    expect(centre.asked("dropLeg")).toEqual([{ kind: "dropLeg", legId: `${waiting}-leg`, code: "SERVER_RESTARTED" }]);
  });

  it("[C2] calls that arrive count for the limit", () => {
    const centre = new TestCentre();
    for (let index = 0; index < limits.contacts; index += 1) centre.arrive();
    centre.call({ contactId: "one-more" });
    expect(centre.last.effects).toEqual([{ kind: "rejectLeg", legId: "one-more-leg", status: 503, retryAfterS: 30 }]);
  });

  it("[C2] a full centre answers 503 with Retry-After", () => {
    const centre = new TestCentre(
      testConfig(
        { queues: [testQueue({ waitingMax: 10_000 })] },
        { start: { kind: "wait", durationMs: 600_000, next: null } },
      ),
    );
    for (let index = 0; index < limits.contacts; index += 1) {
      step(centre.state, index + 2, centre.at, {
        kind: "callArrived",
        contactId: `call-${index}`,
        legId: `leg-${index}`,
        trunkId: "carrier",
        numberId: "hotline",
        ...noNumbers,
      });
    }
    centre.call({ contactId: "one-more" });
    expect(centre.last.effects).toEqual([{ kind: "rejectLeg", legId: "one-more-leg", status: 503, retryAfterS: 30 }]);
    expect(centre.last.facts).toEqual([
      {
        kind: "refused",
        input: "callArrived",
        code: "LIMIT_REACHED",
        contactId: "one-more",
        operatorId: null,
        scope: null,
        destination: null,
      },
    ]);
  });

  it("[C3] accepting stops the music, joins both and starts the recording", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true, recordingNotice: false }));
    centre.online("anna");
    const contactId = centre.call();
    const leg = `${contactId}-leg`;
    const playId = centre.telephony.playingTo(leg);
    const { effects } = centre.accept("anna");
    const headset = centre.headsetOf("anna");
    const recordingId = centre.contact(contactId).recordingId;
    expect(effects).toEqual([
      { kind: "stopPlay", playId },
      { kind: "setRoom", roomId: `room-${contactId}`, hears: { [leg]: [headset], [headset]: [leg] } },
      { kind: "record", recordingId, contactId, customerLegId: leg, operatorLegIds: [headset] },
    ]);
    expect(centre.kinds).toEqual(["offerEnded", "queueLeft", "talkStarted", "recordingStarted"]);
  });

  it("[C16] [S9] the queue says whether a talk is recorded and told, or else the number, or else the centre", () => {
    const cases = [
      { centre: true, number: undefined, queue: undefined, recorded: true },
      { centre: true, number: "off", queue: null, recorded: false },
      { centre: false, number: "on", queue: undefined, recorded: true },
      { centre: false, number: "off", queue: "on", recorded: true },
      { centre: true, number: "on", queue: "off", recorded: false },
      { centre: false, number: null, queue: null, recorded: false },
    ] as const;
    for (const { centre: recordCalls, number, queue, recorded } of cases) {
      const base = testConfig({ recordCalls });
      const centre = new TestCentre({
        ...base,
        numbers: base.numbers.map((each) => (number === undefined ? each : { ...each, recording: number })),
        queues: base.queues.map((each) => (queue === undefined ? each : { ...each, recording: queue })),
      });
      centre.online("anna");
      const contactId = centre.call();
      centre.advance(2 * promptMs);
      centre.accept("anna");
      expect([centre.contact(contactId).recordingId !== null, centre.contact(contactId).noticeHeard]).toEqual([
        recorded,
        recorded,
      ]);
    }
  });

  it("[C4] the customer's hang-up ends talk, consultation, recording and every leg once", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true, recordingNotice: false }));
    const contactId = centre.talk();
    centre.consult(contactId, "anna", { kind: "outside", addressId: "out", emergency: false });
    const consulted = [...centre.telephony.legs.keys()].find((legId) => legId.startsWith("leg"));
    centre.legEnds(`${contactId}-leg`);
    expect(centre.kinds).toEqual([
      "legEnded",
      "consultEnded",
      "legEnded",
      "recordingStopped",
      "talkEnded",
      "contactEnded",
      "wrapUpStarted",
    ]);
    expect(centre.endOf(contactId)).toBe("CUSTOMER_HUNG_UP");
    expect(centre.asked("dropLeg")).toEqual([{ kind: "dropLeg", legId: consulted, code: "DROPPED" }]);
    expect([...centre.telephony.legs.keys()]).toEqual([centre.headsetOf("anna")]);
  });

  it("[C4] a caller who gives up while it rings stops the ringing", () => {
    const centre = new TestCentre();
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.go("boris", "available");
    const contactId = centre.call();
    const [dialled] = centre.asked("dialDevice");
    centre.legEnds(`${contactId}-leg`, "CANCELLED");
    expect(centre.asked("dropLeg")).toEqual([{ kind: "dropLeg", legId: dialled?.legId, code: "CANCELLED" }]);
    expect(centre.facts("offerEnded").map((fact) => fact.outcome)).toEqual(["withdrawn"]);
    expect(centre.endOf(contactId)).toBe("ABANDONED_IN_QUEUE");
    expect(centre.stateOf("boris")).toBe("available");
  });

  it("[C5] an operator who hangs up ends the call and goes to wrap-up", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    centre.advance(12_000);
    centre.hangUp(contactId, "anna");
    expect(centre.last.effects).toEqual([
      { kind: "dropLeg", legId: `${contactId}-leg`, code: "DROPPED" },
      { kind: "closeRoom", roomId: `room-${contactId}` },
    ]);
    expect(centre.facts("talkEnded")).toEqual([
      { kind: "talkEnded", contactId, operatorId: "anna", talkMs: 12_000, holdMs: 0 },
    ]);
    expect(centre.endOf(contactId)).toBe("OPERATOR_HUNG_UP");
    expect(centre.stateOf("anna")).toBe("wrap-up");
  });

  it("[C6] a customer of whom nothing is heard ends as MEDIA_LOST", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    centre.send({ kind: "mediaLost", legId: `${contactId}-leg` });
    expect(centre.asked("dropLeg")).toEqual([{ kind: "dropLeg", legId: `${contactId}-leg`, code: "MEDIA_LOST" }]);
    expect(centre.endOf(contactId)).toBe("MEDIA_LOST");
  });

  it("[C7] strangers to a contact are refused with the reason", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    centre.online("vera");
    centre.hold(contactId, "vera", true);
    centre.hold("nothing", "anna", true);
    centre.hangUp(contactId, "anna");
    centre.hold(contactId, "anna", true);
    centre.hangUp(contactId, "anna");
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual([
      "NOT_YOURS",
      "CONTACT_UNKNOWN",
      "CONTACT_ENDED",
      "CONTACT_ENDED",
    ]);
  });

  it("[C8] a bug ends the one call it happened in", () => {
    const centre = new TestCentre();
    const broken = centre.call();
    const other = centre.call();
    centre.online("anna");
    const offerId = centre.offerOf("anna");
    // Two contacts at once: no input leads here, a bug could.
    const anna = centre.state.operators.get("anna");
    if (anna !== undefined) anna.work = { kind: "talking", since: centre.at, contactId: other, as: "operator" };
    const { fault, facts, effects } = step(centre.state, 99, centre.at, {
      kind: "offerAccepted",
      offerId,
      operatorId: "anna",
    });
    expect(fault).toBe("an operator serves one voice contact at a time");
    expect(facts.at(-1)).toEqual({
      kind: "contactEnded",
      contactId: broken,
      code: "SCENARIO_FAILED",
      answered: false,
      endedKept: 2_000,
    });
    expect(effects.filter((effect) => effect.kind === "dropLeg").map((effect) => effect.legId)).toEqual([
      `${broken}-leg`,
    ]);
    expect([...centre.state.contacts.keys()]).toEqual([other]);
  });

  it("[C9] a contact that failed outside the core ends alone, in whatever phase it is", () => {
    const centre = new TestCentre();
    const talking = centre.talk("anna");
    const waiting = centre.call();
    centre.send({ kind: "contactFailed", contactId: talking, code: "NOT_STORED" });
    centre.send({ kind: "contactFailed", contactId: "nobody", code: "INTERNAL" });
    expect(centre.facts("contactEnded")).toEqual([
      { kind: "contactEnded", contactId: talking, code: "NOT_STORED", answered: true, endedKept: 2_000 },
    ]);
    expect([...centre.state.contacts.keys()]).toEqual([waiting]);
    expect(centre.stateOf("anna")).toBe("wrap-up");
  });
});
