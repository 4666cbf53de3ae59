import { describe, expect, it } from "vitest";
import { isLoopback, networkOf } from "./hosts.ts";

describe("addresses", () => {
  it("of this machine are known as addresses, not by how a name begins", () => {
    for (const name of ["127.0.0.1", "127.1.2.3", "::1"]) expect([name, isLoopback(name)]).toEqual([name, true]);
    for (const name of ["127.evil.example", "127.0.0.1.evil.example", "::ffff:127.evil.example", "10.0.0.1", "::2", ""])
      expect([name, isLoopback(name)]).toEqual([name, false]);
  });

  it("count by network where IPv6 gives one host a whole one", () => {
    expect(networkOf("10.0.0.1")).toBe("10.0.0.1");
    expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect([networkOf("2001:db8::1"), networkOf("2001:db8::ffff:1"), networkOf("fe80::1%eth0")]).toEqual([
      "2001:db8:0:0::/64",
      "2001:db8:0:0::/64",
      "fe80:0:0:0::/64",
    ]);
  });
});
