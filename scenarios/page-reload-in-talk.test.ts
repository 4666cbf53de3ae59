import { checkInvariants, TestCentre, testConfig } from "@centrala/domain/testing";
import { describe, expect, it } from "vitest";

describe("an operator who reloads the page in a talk", () => {
  it("is back in the same conversation, muted as before, and the recording goes on", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true, recordingNotice: false }));
    const contactId = centre.talk("anna");
    centre.send({ kind: "muted", contactId, operatorId: "anna", on: true });
    centre.send({ kind: "headsetLost", operatorId: "anna", legId: centre.headsetOf("anna") });
    checkInvariants(centre);
    centre.advance(2_500);
    const headset = centre.headset("anna");
    checkInvariants(centre);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([headset]);
    expect(centre.telephony.muted.has(headset)).toBe(true);
    expect([...centre.telephony.recordings.values()]).toEqual([{ paused: false, right: [headset] }]);
    expect(centre.facts("talkStarted", "talkEnded").length).toBe(1);
  });

  it("while the customer is held leaves the music playing", () => {
    const centre = new TestCentre();
    const contactId = centre.talk("anna");
    centre.hold(contactId, "anna", true);
    const music = centre.telephony.playingTo(`${contactId}-leg`);
    centre.send({ kind: "headsetLost", operatorId: "anna", legId: centre.headsetOf("anna") });
    centre.headset("anna");
    expect(centre.telephony.playingTo(`${contactId}-leg`)).toBe(music);
    centre.hold(contactId, "anna", false);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("anna")]);
  });
});
