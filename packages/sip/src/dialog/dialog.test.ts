import { describe, expect, it } from "vitest";
import { createResponse, serialise } from "../message/index.ts";
import { parsedRequest, parsedResponse, phoneRequest } from "../transaction/testing.ts";
import {
  acceptRemoteSeq,
  createInDialogRequest,
  createUacDialog,
  createUasDialog,
  dialogFromJson,
  dialogToJson,
  keyOfRequest,
  refreshTarget,
} from "./dialog.ts";

const routes = ["Record-Route: <sip:p2.example.com;lr>", "Record-Route: <sip:p1.example.com;lr>"];

function uasDialog() {
  const dialog = createUasDialog(phoneRequest("INVITE", "z9hG4bKa", routes), "ours");
  if (dialog === undefined) throw new Error("no dialog");
  return dialog;
}

describe("dialog", () => {
  it("[RFC3261-12.1.1] a server's dialog keeps the order of Record-Route", () => {
    expect(uasDialog()).toEqual({
      callId: "call-1@192.0.2.7",
      localTag: "ours",
      remoteTag: "from1",
      local: "<sip:service@198.51.100.1>;tag=ours",
      remote: "<sip:phone@192.0.2.7>;tag=from1",
      routeSet: ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"],
      role: "uas",
      state: "early",
      localSeq: 0,
      remoteSeq: 1,
      remoteTarget: "sip:phone@192.0.2.7:5060",
    });
  });

  it.each([
    ["Bell, Alexander <sip:b@x>;tag=43", '"Bell, Alexander" <sip:b@x>;tag=43'],
    ["Jörg (Büro) <sip:j@x>;tag=1;p", '"Jörg (Büro)" <sip:j@x>;tag=1;p'],
    ['"Bell, A." < sip:b@x >;tag=1', '"Bell, A." <sip:b@x>;tag=1'],
    ['"a < b" <sip:b@x>;tag=1', '"a < b" <sip:b@x>;tag=1'],
    ["A. Bell <sip:b@x>;TAG=1", "A. Bell <sip:b@x>;TAG=1"],
    ["sip:b@x;tag=1", "sip:b@x;tag=1"],
  ])("[RFC4475-3.1.2.15] From %j stands in our requests as %j", (from, written) => {
    const request = phoneRequest("INVITE", "z9hG4bKa");
    request.headers.set("from", from);
    const dialog = createUasDialog(request, "ours");
    expect(dialog?.remote).toBe(written);
  });

  it("[RFC3261-8.1.1.8] an INVITE of RFC 3261 without Contact makes no dialog, one of RFC 2543 does", () => {
    const request = phoneRequest("INVITE", "z9hG4bKa");
    request.headers.delete("contact");
    expect(createUasDialog(request, "ours")).toBeUndefined();
    request.headers.set("via", "SIP/2.0/UDP 192.0.2.7;branch=1");
    expect(createUasDialog(request, "ours")?.remoteTarget).toBe("sip:phone@192.0.2.7");
  });

  it("[RFC3261-12.1.2] a client's dialog reverses it and takes target and tag from the response", () => {
    const invite = phoneRequest("INVITE", "z9hG4bKa");
    const withRoutes = phoneRequest("INVITE", "z9hG4bKa", routes);
    const headers = [["contact", "<sip:gw@203.0.113.9>"]] as const;
    const response = parsedResponse(
      serialise(createResponse(withRoutes, 180, undefined, { toTag: "theirs", headers })),
    );
    const dialog = createUacDialog(invite, response);
    expect([dialog.routeSet, dialog.remoteTarget, dialog.remoteTag, dialog.state]).toEqual([
      ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"],
      "sip:gw@203.0.113.9",
      "theirs",
      "early",
    ]);
  });

  it("[RFC3261-12.2.1.1] a request in the dialog counts CSeq up and carries the loose route", () => {
    const dialog = uasDialog();
    const bye = createInDialogRequest(dialog, "BYE");
    expect([bye.uri, bye.headers.getAll("route"), bye.headers.get("cseq"), dialog.localSeq]).toEqual([
      "sip:phone@192.0.2.7:5060",
      ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"],
      "1 BYE",
      1,
    ]);
  });

  it("[RFC3261-12.2.1.1] a strict router becomes the Request-URI and the target the last route", () => {
    const invite = phoneRequest("INVITE", "z9hG4bKa", ["Record-Route: <sip:strict.example.com>"]);
    const dialog = createUasDialog(invite, "ours");
    if (dialog === undefined) throw new Error("no dialog");
    const bye = createInDialogRequest(dialog, "BYE");
    expect([bye.uri, bye.headers.getAll("route")]).toEqual(["sip:strict.example.com", ["<sip:phone@192.0.2.7:5060>"]]);
  });

  it("[RFC3261-12.2.2] a request that is not newer than the last is out of order", () => {
    const dialog = uasDialog();
    expect([acceptRemoteSeq(dialog, 1), acceptRemoteSeq(dialog, 5), acceptRemoteSeq(dialog, 3)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("[RFC3261-12.2.2] a target refresh replaces the remote target, a request without Contact does not", () => {
    const dialog = uasDialog();
    refreshTarget(dialog, phoneRequest("INFO", "z9hG4bKb"));
    expect(dialog.remoteTarget).toBe("sip:phone@192.0.2.7:5060");
    const moved = phoneRequest("UPDATE", "z9hG4bKc", ["Contact: <sip:phone@192.0.2.77>"]);
    refreshTarget(dialog, moved);
    expect(dialog.remoteTarget).toBe("sip:phone@192.0.2.77");
  });

  it("is found by a request of the far end and survives being stored", () => {
    const dialog = uasDialog();
    const bye = phoneRequest("BYE", "z9hG4bKd");
    bye.headers.set("to", dialog.local);
    expect(keyOfRequest(parsedRequest(serialise(bye)))).toBe("call-1@192.0.2.7|ours|from1");
    expect(dialogFromJson(dialogToJson(dialog))).toEqual({ ok: true, value: dialog });
    expect([dialogFromJson("{").ok, dialogFromJson("{}").ok]).toEqual([false, false]);
  });
});
