import { describe, expect, it } from "vitest";
import { Headers } from "./headers.ts";

function sample(): Headers {
  return new Headers([
    ["v", "SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2"],
    ["Subject", "Hello, world"],
    ["VIA", "SIP/2.0/UDP c;branch=3"],
    ["m", '"A, B" <sip:a@x;p=1,2>, <sip:b@x>'],
  ]);
}

describe("Headers", () => {
  it("[RFC3261-7.3.1] names are matched in any case and compact form", () => {
    const headers = new Headers([["i", "1@x"]]);
    expect(["Call-ID", "call-id", "I", "CALL-ID"].map((name) => headers.get(name))).toEqual([
      "1@x",
      "1@x",
      "1@x",
      "1@x",
    ]);
    expect([...headers.entries()]).toEqual([["call-id", "1@x"]]);
  });

  it("[RFC3261-7.3.1] lists are split at commas outside quotes and brackets, other headers are not", () => {
    const headers = sample();
    expect(headers.getAll("Via")).toEqual([
      "SIP/2.0/UDP a;branch=1",
      "SIP/2.0/UDP b;branch=2",
      "SIP/2.0/UDP c;branch=3",
    ]);
    expect(headers.getAll("Contact")).toEqual(['"A, B" <sip:a@x;p=1,2>', "<sip:b@x>"]);
    expect(headers.get("subject")).toBe("Hello, world");
  });

  it("[RFC3261-18.2.2] the first Via of a list is removed alone", () => {
    const headers = sample();
    headers.deleteFirst("via");
    expect(headers.getAll("via")).toEqual(["SIP/2.0/UDP b;branch=2", "SIP/2.0/UDP c;branch=3"]);
    headers.deleteFirst("via");
    headers.deleteFirst("via");
    headers.deleteFirst("via");
    expect(headers.has("via")).toBe(false);
  });

  it("[RFC3261-16.6] a prepended value stands before its kind, an appended one after", () => {
    const headers = sample();
    headers.prepend("via", "SIP/2.0/UDP new");
    headers.append("via", "SIP/2.0/UDP last");
    headers.prepend("Record-Route", "<sip:p;lr>");
    expect(headers.getAll("via").map((via) => via.split(" ")[1]?.split(";")[0])).toEqual([
      "new",
      "a",
      "b",
      "c",
      "last",
    ]);
    expect(headers.nameAt(0)).toBe("record-route");
  });

  it("set and setAll replace every value at the place of the first", () => {
    const headers = sample();
    headers.set("via", "SIP/2.0/TCP x");
    headers.setAll("contact", ["<sip:1>", "<sip:2>"]);
    headers.setAll("route", ["<sip:r1>"]);
    headers.delete("subject");
    expect([...headers.entries()]).toEqual([
      ["via", "SIP/2.0/TCP x"],
      ["contact", "<sip:1>"],
      ["contact", "<sip:2>"],
      ["route", "<sip:r1>"],
    ]);
  });

  it("a line break in a value cannot add a header", () => {
    const headers = new Headers();
    headers.set("Subject", "a\r\nEvil: yes");
    expect(headers.get("subject")).toBe("a  Evil: yes");
  });

  it("a clone does not follow its original", () => {
    const headers = sample();
    const copy = headers.clone();
    headers.delete("via");
    expect([copy.getAll("via").length, headers.getAll("via").length]).toEqual([3, 0]);
  });
});
