import { expect, it } from "vitest";
import { AddressWatch, webRtcAddresses } from "./address-watch.ts";

it("tells browsers' addresses whenever an interface came or went, and only then", () => {
  let now = ["192.0.2.2", "127.0.0.1"];
  const told: (readonly string[])[] = [];
  const watch = new AddressWatch(
    () => now,
    (addresses) => told.push(addresses),
  );
  watch.look();
  now = ["192.0.2.2", "10.77.0.1", "127.0.0.1"];
  watch.look();
  watch.look();
  now = ["127.0.0.1"];
  watch.look();
  watch.stop();
  expect(told).toEqual([["192.0.2.2", "10.77.0.1", "127.0.0.1"], ["127.0.0.1"]]);
});

it("names the bound address, the public one and this computer", () => {
  expect(webRtcAddresses({ bind: "192.0.2.2", publicAddress: "203.0.113.1" })).toEqual([
    "192.0.2.2",
    "203.0.113.1",
    "127.0.0.1",
  ]);
});
