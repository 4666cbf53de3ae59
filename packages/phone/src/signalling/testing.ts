import { randomFillSync } from "node:crypto";
import type { LegId, TrunkSettings } from "@centrala/contract";
import { randomHex } from "@centrala/kit";
import { SignallingService } from "./service.ts";
import type { SignallingEvent, SignallingOptions, TracedMessage } from "./types.ts";

export const entropy = { fill: (out: Uint8Array): void => void randomFillSync(out) };

/** A service on loopback with everything it told, and a way to wait for what it will tell. */
export class TestService {
  readonly service: SignallingService;
  readonly events: SignallingEvent[] = [];
  readonly traces = new Map<LegId, readonly TracedMessage[]>();
  readonly #waiting = new Set<() => void>();
  /** How many events were looked at already. */
  #seen = 0;

  constructor(service: SignallingService) {
    this.service = service;
    service.onEvent((event) => {
      this.events.push(event);
      for (const wake of this.#waiting) wake();
    });
  }

  /** The next event of this kind after those waited for before; the test's own time limit ends a wait in vain. */
  async next<Kind extends SignallingEvent["kind"]>(
    kind: Kind,
    fits: (event: Extract<SignallingEvent, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<SignallingEvent, { kind: Kind }>> {
    for (;;) {
      for (; this.#seen < this.events.length; this.#seen += 1) {
        const event = this.events[this.#seen];
        if (event?.kind !== kind) continue;
        const found = event as Extract<SignallingEvent, { kind: Kind }>;
        if (!fits(found)) continue;
        this.#seen += 1;
        return found;
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }
}

export async function startService(
  options: Partial<SignallingOptions> = {},
  started: TestService[] = [],
): Promise<TestService> {
  const box: { test?: TestService } = {};
  const service = await SignallingService.start({
    bind: "127.0.0.1",
    sipPort: 0,
    sipsPort: null,
    tls: null,
    publicAddress: null,
    userAgent: "test",
    clock: () => Date.now(),
    entropy,
    log: () => {},
    ownerOf: (candidates) => candidates.find(({ called }) => called === "100")?.trunkId ?? null,
    newLegId: () => `in-${randomHex(entropy, 6)}`,
    onTrace: (legId, messages) => void box.test?.traces.set(legId, messages),
    ...options,
  });
  const test = new TestService(service);
  box.test = test;
  started.push(test);
  return test;
}

export function trunkTo(port: number, change: Partial<TrunkSettings> = {}): TrunkSettings {
  return {
    trunkId: "trunk",
    transport: "udp",
    host: "127.0.0.1",
    port,
    outboundProxy: null,
    tlsCa: null,
    sources: ["127.0.0.1"],
    registration: null,
    trustsIdentity: true,
    calledFrom: "request-uri",
    codecs: ["pcma", "pcmu"],
    maxCalls: 10,
    optionsEveryS: null,
    callerIdIn: "both",
    priority: 100,
    ...change,
  };
}

export function dial(change: Partial<Parameters<SignallingService["dialTrunk"]>[0]> = {}) {
  return {
    legId: "out-1",
    trunkIds: ["trunk"],
    number: "100",
    caller: "+359700123",
    callerName: "Centrala",
    ringTimeoutMs: 20_000,
    emergency: false,
    rtpPort: 20_000,
    ...change,
  };
}

/** A self-signed certificate for tests only; nothing trusts it. */
export const testTls = {
  certPem: `-----BEGIN CERTIFICATE-----
MIIBvjCCAWWgAwIBAgIUb9dbBy1sWPByC1C+26hEQf/P8PIwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVdGVzdC5jZW50cmFsYS5leGFtcGxlMCAXDTI2MTEyMTIzMjEx
MFoYDzIxMjYxMDI4MjMyMTEwWjAgMR4wHAYDVQQDDBV0ZXN0LmNlbnRyYWxhLmV4
YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASDkgXeWnVXh4/hdnHkieHg
G/kqjjBXz7dRhpxei93AlYKk6P/otrMLpQOSRFBan+uATRhbmoc0tHIh7YF1CRGG
o3sweTAdBgNVHQ4EFgQUDKFm0Sm0ztlY3wrN9+OM8q7TOfUwHwYDVR0jBBgwFoAU
DKFm0Sm0ztlY3wrN9+OM8q7TOfUwDwYDVR0TAQH/BAUwAwEB/zAmBgNVHREEHzAd
ghV0ZXN0LmNlbnRyYWxhLmV4YW1wbGWHBH8AAAEwCgYIKoZIzj0EAwIDRwAwRAIg
FiTyxaRGi9xe9YXfEtzKmwYPvl1YuLtXnrFhN422a2ACIGlJOYWLHn7Rht4CPTTv
evHKBSobKY7dmKyY0FZd+Pf5
-----END CERTIFICATE-----`,
  keyPem: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsh+uh3El6GJ7MPdj
W08rhm2xCzLhk3ymyQ5XLU7NOW6hRANCAASDkgXeWnVXh4/hdnHkieHgG/kqjjBX
z7dRhpxei93AlYKk6P/otrMLpQOSRFBan+uATRhbmoc0tHIh7YF1CRGG
-----END PRIVATE KEY-----`,
};
