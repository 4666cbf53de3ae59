import { expect, it } from "vitest";
import { readNetwork } from "./networks.ts";
import { Proxies } from "./proxies.ts";

const proxies = new Proxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);

function arrival(remoteAddress: string, headers: Record<string, string>, encrypted = false) {
  return proxies.arrival({
    headers: { host: "inner:8080", ...headers },
    socket: { remoteAddress, encrypted } as never,
  });
}

it("takes nobody's word for where a request comes from unless the setting names the address", () => {
  const lies = { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", "x-forwarded-host": "centre.example" };
  expect(arrival("203.0.113.9", lies)).toEqual({
    peer: "203.0.113.9",
    address: "203.0.113.9",
    secure: false,
    host: "inner:8080",
    forwarded: true,
    trusted: false,
  });
});

it("takes the browser's address, scheme and name from a trusted proxy", () => {
  const told = {
    "x-forwarded-for": "198.51.100.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "centre.example",
  };
  const expected = (peer: string) => ({
    peer,
    address: "198.51.100.7",
    secure: true,
    host: "centre.example",
    forwarded: true,
    trusted: true,
  });
  expect(arrival("127.0.0.1", told)).toEqual(expected("127.0.0.1"));
  expect(arrival("::ffff:10.1.2.3", told)).toEqual(expected("10.1.2.3"));
  expect(arrival("fd00::5", told)).toEqual(expected("fd00::5"));
});

it.each([
  ["1.1.1.1, 198.51.100.7", "198.51.100.7"],
  ["1.1.1.1, 198.51.100.7, 10.2.2.2", "198.51.100.7"],
  ["198.51.100.7:51234", "198.51.100.7"],
  ["[2001:db8::7]:443", "2001:db8::7"],
  ['"[2001:db8::7]"', "2001:db8::7"],
  ["::ffff:198.51.100.7", "198.51.100.7"],
  ["10.2.2.2, 10.3.3.3", "10.2.2.2"],
  ["198.51.100.7, unknown", "10.0.0.1"],
  ["", "10.0.0.1"],
])("X-Forwarded-For: %s is read as %s", (header, address) => {
  expect(arrival("10.0.0.1", { "x-forwarded-for": header, via: "1.1 proxy" }).address).toBe(address);
});

it("says that it does not know when a trusted proxy is silent on the scheme", () => {
  expect(arrival("127.0.0.1", { "x-forwarded-for": "198.51.100.7" }).secure).toBe(null);
  expect(arrival("127.0.0.1", { "x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "http" }).secure).toBe(false);
  expect(arrival("127.0.0.1", {}).secure).toBe(false);
  expect(arrival("127.0.0.1", {}, true).secure).toBe(true);
});

it("reads networks", () => {
  expect(["10.0.0.0/8", "::1", "1.2.3.4/33", "proxy.example", "10.0.0.0/x", "fd00::/8"].map(readNetwork)).toEqual([
    { address: "10.0.0.0", prefix: 8 },
    { address: "::1", prefix: 128 },
    undefined,
    undefined,
    undefined,
    { address: "fd00::", prefix: 8 },
  ]);
});
