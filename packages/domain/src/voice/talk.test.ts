import { describe, expect, it } from "vitest";
import { testConfig } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";

const recorded = testConfig({ recordCalls: true, recordingNotice: false });

describe("in the talk", () => {
  it("[C10] a colleague who is on hold hears no more music when the call is over", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    const contactId = centre.dial("anna", { kind: "operator", operatorId: "vera" });
    centre.accept("vera");
    centre.hold(contactId, "anna", true);
    const playId = centre.telephony.playingTo(centre.headsetOf("vera"));
    expect(centre.hangUp(contactId, "anna").effects).toEqual([
      { kind: "stopPlay", playId },
      { kind: "closeRoom", roomId: `room-${contactId}` },
    ]);
  });

  it("[C10] a held customer hears music and nobody; resuming puts both back", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    const leg = `${contactId}-leg`;
    const headset = centre.headsetOf("anna");
    const held = centre.hold(contactId, "anna", true);
    const playId = centre.telephony.playingTo(leg);
    expect(held.effects).toEqual([
      { kind: "play", playId, legId: leg, items: [{ kind: "music", name: "calm" }], loop: true },
      { kind: "setRoom", roomId: `room-${contactId}`, hears: {} },
    ]);
    centre.advance(7_000);
    expect(centre.hold(contactId, "anna", false).effects).toEqual([
      { kind: "stopPlay", playId },
      { kind: "setRoom", roomId: `room-${contactId}`, hears: { [leg]: [headset], [headset]: [leg] } },
    ]);
    centre.hangUp(contactId, "anna");
    expect(centre.facts("talkEnded").map((fact) => fact.holdMs)).toEqual([7_000]);
  });

  it("[C11] a headset is not left muted when the talk ends", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    centre.send({ kind: "muted", contactId, operatorId: "anna", on: true });
    expect(centre.telephony.muted.has(centre.headsetOf("anna"))).toBe(true);
    centre.legEnds(`${contactId}-leg`);
    expect(centre.telephony.muted.has(centre.headsetOf("anna"))).toBe(false);
    expect(centre.facts("mutedChanged")).toEqual([{ kind: "mutedChanged", contactId, operatorId: "anna", on: true }]);
  });

  it("[C12] a lost headset leaves a comfort tone and comes back to the same conversation", () => {
    const centre = new TestCentre(recorded);
    const contactId = centre.talk();
    const leg = `${contactId}-leg`;
    const { effects } = centre.send({ kind: "headsetLost", operatorId: "anna", legId: centre.headsetOf("anna") });
    expect(effects.map((effect) => effect.kind)).toEqual(["setRoom", "record", "play"]);
    expect(centre.telephony.playingTo(leg)).toBeDefined();
    centre.advance(29_000);
    const headset = centre.headset("anna");
    expect(centre.telephony.playingTo(leg)).toBe(undefined);
    expect(centre.telephony.heardBy(leg)).toEqual([headset]);
    expect(centre.stateOf("anna")).toBe("talking");
    expect([...centre.telephony.recordings.values()]).toEqual([{ paused: false, right: [headset] }]);
    expect(centre.facts("talkStarted").length).toBe(1);
  });

  it("[C12] the newest headset takes a talk over from the old one", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    const old = centre.headsetOf("anna");
    centre.send({ kind: "muted", contactId, operatorId: "anna", on: true });
    const newest = centre.headset("anna");
    expect(centre.telephony.legs.has(old)).toBe(false);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([newest]);
    expect([...centre.telephony.muted]).toEqual([newest]);
  });

  it("[C13] a headset that stays away sends the customer to the front of the queue", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    const waitingSince = centre.at;
    centre.advance(5_000);
    const later = centre.call();
    centre.send({ kind: "headsetLost", operatorId: "anna", legId: centre.headsetOf("anna") });
    centre.advance(30_000);
    expect(centre.stateOf("anna")).toBe("wrap-up");
    expect(centre.facts("enqueued").at(-1)).toEqual({
      kind: "enqueued",
      contactId,
      queueId: "sales",
      priority: 100,
      stepId: null,
      since: waitingSince,
      until: null,
      reviewAt: null,
    });
    centre.online("vera");
    expect(centre.facts("offerMade").at(-1)?.contactId).toBe(contactId);
    expect(centre.contact(later).phase.kind).toBe("waiting");
  });

  it("[C14] the right side of the recording is whoever talks with the customer just now", () => {
    const centre = new TestCentre(recorded);
    const contactId = centre.talk();
    centre.hold(contactId, "anna", true);
    centre.hold(contactId, "anna", false);
    const headset = centre.headsetOf("anna");
    expect(centre.asked("record").map((effect) => effect.operatorLegIds)).toEqual([[headset], [], [headset]]);
    expect(new Set(centre.asked("record").map((effect) => effect.customerLegId))).toEqual(
      new Set([`${contactId}-leg`]),
    );
  });

  it("[C15] a recording can be paused, and is sealed after the contact has ended", () => {
    const centre = new TestCentre(recorded);
    const contactId = centre.talk();
    const recordingId = centre.contact(contactId).recordingId ?? "";
    centre.send({ kind: "recordingPaused", contactId, operatorId: "anna", on: true });
    expect(centre.last.effects).toEqual([{ kind: "pauseRecording", recordingId, paused: true }]);
    centre.legEnds(`${contactId}-leg`);
    centre.advance(1_000);
    expect(centre.facts("recordingStopped", "recordingClosed")).toEqual([
      { kind: "recordingStopped", contactId, recordingId },
      { kind: "recordingClosed", contactId, recordingId, durationMs: 1_000, bytes: 16_000, sha256: "00" },
    ]);
    expect(centre.state.recordings.size).toBe(0);
  });

  it("[C57] a recording that the disk ended goes on in a further part when there is room, paused if it was", () => {
    const centre = new TestCentre(recorded);
    const contactId = centre.talk();
    const ends = () => {
      const recordingId = centre.contact(contactId).recordingId ?? "";
      centre.send({ kind: "recordingClosed", recordingId, durationMs: 1_000, bytes: 16_000, sha256: "00" });
      return recordingId;
    };
    const first = ends();
    centre.send({ kind: "roomToRecord" });
    const second = centre.contact(contactId).recordingId ?? "";
    expect(centre.asked("record").map(({ recordingId }) => recordingId)).toEqual([first, second]);
    centre.send({ kind: "roomToRecord" });
    expect(centre.asked("record").length).toBe(2);
    centre.send({ kind: "recordingPaused", contactId, operatorId: "anna", on: true });
    ends();
    // Whoever is told card data counts on the pause, whatever the disk does.
    centre.hold(contactId, "anna", true);
    const third = centre.contact(contactId);
    expect(third.recordingPaused).toBe(true);
    expect(centre.asked("pauseRecording").at(-1)).toEqual({
      kind: "pauseRecording",
      recordingId: third.recordingId,
      paused: true,
    });
  });

  it("[C57] nothing begins where a talk is not recorded", () => {
    const centre = new TestCentre();
    centre.talk();
    centre.send({ kind: "roomToRecord" });
    expect(centre.asked("record")).toEqual([]);
  });

  it("[C15] pausing without a recording is refused", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    centre.send({ kind: "recordingPaused", contactId, operatorId: "anna", on: true });
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual(["NOT_RECORDING"]);
  });
});
