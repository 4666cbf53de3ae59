import { SeededRandom, utf8Encode } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { createResponse, parseAuthParams, type SipRequest } from "../message/index.ts";
import { phoneRequest } from "../transaction/testing.ts";
import { answerChallenge } from "./client.ts";
import { digestResponse, ha1, sessionHa1 } from "./digest.ts";
import { DigestServer } from "./server.ts";

const realm = "http-auth@example.org";
const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

describe("digest", () => {
  it("[RFC7616-3.9.1] gives the responses of the RFC's example for MD5 and SHA-256", () => {
    const responses = (["MD5", "SHA-256"] as const).map((algorithm) =>
      digestResponse({
        algorithm,
        ha1: ha1(algorithm, "Mufasa", realm, "Circle of Life"),
        method: "GET",
        uri: "/dir/index.html",
        nonce,
        auth: { nc: "00000001", cnonce },
      }),
    );
    expect(responses).toEqual([
      "8ca523f5e9506fed4657c9700eebdbec",
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ]);
  });

  it("[RFC2617-3.5] gives the response of the RFC's example", () => {
    const response = digestResponse({
      algorithm: "MD5",
      ha1: ha1("MD5", "Mufasa", "testrealm@host.com", "Circle Of Life"),
      method: "GET",
      uri: "/dir/index.html",
      nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
      auth: { nc: "00000001", cnonce: "0a4f113b" },
    });
    expect(response).toBe("6629fae49393a05397450978507c4ef1");
  });

  it("[RFC7616-3.4.2] a session HA1 binds nonce and cnonce", () => {
    const plain = ha1("MD5", "u", "r", "p");
    expect(sessionHa1("MD5", plain, "n", "c")).toHaveLength(32);
    expect(sessionHa1("MD5", plain, "n", "c")).not.toBe(sessionHa1("MD5", plain, "n", "d"));
  });
});

const account = {
  ha1Md5: ha1("MD5", "1001", "centrala", "secret"),
  ha1Sha256: ha1("SHA-256", "1001", "centrala", "secret"),
};
const lookup = (username: string) => (username === "1001" ? account : undefined);

function newServer(usedMax = 10) {
  const entropy = new SeededRandom(1);
  return new DigestServer({ realm: "centrala", key: new Uint8Array(32).fill(7), entropy, usedMax });
}

function challenged(server: DigestServer, now: number, algorithms?: readonly ("MD5" | "SHA-256")[]) {
  const headers = server.challenge(now, { algorithms }).map((value) => ["www-authenticate", value] as const);
  return createResponse(phoneRequest("REGISTER", "z9hG4bKa"), 401, undefined, { headers });
}

function answered(server: DigestServer, now: number, password = "secret", username = "1001"): SipRequest {
  const request = phoneRequest("REGISTER", "z9hG4bKb");
  const header = answerChallenge(challenged(server, now), request, { username, password }, new SeededRandom(2));
  if (header === undefined) throw new Error("no answer");
  request.headers.set(header[0], header[1]);
  return request;
}

describe("digest client", () => {
  it("[RFC8760-2.4] takes SHA-256 when it is offered beside MD5", () => {
    const value = answered(newServer(), 0).headers.get("authorization") ?? "";
    expect(parseAuthParams(value)?.params.get("algorithm")).toBe("SHA-256");
  });

  it("[RFC3261-22.3] answers 407 with Proxy-Authorization", () => {
    const response = challenged(newServer(), 0, ["MD5"]);
    response.status = 407;
    response.headers.set("proxy-authenticate", response.headers.get("www-authenticate") ?? "");
    const request = phoneRequest("INVITE", "z9hG4bKb");
    const header = answerChallenge(response, request, { username: "u", password: "p" }, new SeededRandom(3));
    expect(header?.[0]).toBe("proxy-authorization");
  });

  it("[RFC7616-3.4.3] auth-int hashes the body too, and is taken only where auth is not offered", () => {
    const auth = { nc: "00000001", cnonce: "c", body: utf8Encode("v=0") };
    const input = {
      algorithm: "MD5",
      ha1: ha1("MD5", "u", "r", "p"),
      method: "INVITE",
      uri: "sip:x",
      nonce: "n",
      auth,
    } as const;
    expect(digestResponse(input)).toBe("64b93804d1cf9744c49051f53a6d568f");
    const qopOf = (offered: string) => {
      const headers = [["www-authenticate", `Digest realm="r", nonce="n"${offered}, opaque=,`]] as const;
      const request = phoneRequest("INVITE", "z9hG4bKb");
      const response = createResponse(request, 401, undefined, { headers });
      const [, value = ""] =
        answerChallenge(response, request, { username: "u", password: "p" }, new SeededRandom(3)) ?? [];
      return parseAuthParams(value)?.params.get("qop");
    };
    expect([', qop="auth-int"', ', qop="auth-int,auth"', ', qop=""', ""].map(qopOf)).toEqual([
      "auth-int",
      "auth",
      undefined,
      undefined,
    ]);
  });

  it("[RFC7616-3.3] gives up when only an unknown protection or algorithm is offered", () => {
    for (const value of ['Digest realm="r", nonce="n", qop="auth-x"', 'Digest realm="r", nonce="n", algorithm=FOO']) {
      const response = createResponse(phoneRequest("INVITE", "z9hG4bKb"), 401, undefined, {
        headers: [["www-authenticate", value]],
      });
      const request = phoneRequest("INVITE", "z9hG4bKb");
      expect(answerChallenge(response, request, { username: "u", password: "p" }, new SeededRandom(3))).toBe(undefined);
    }
  });
});

describe("digest server", () => {
  it("accepts right credentials once; the same count again is asked to be renewed, for phones do repeat it", () => {
    const server = newServer();
    const request = answered(server, 1_000);
    expect(server.check(2_000, request, lookup)).toEqual({ kind: "accepted", username: "1001" });
    expect(server.check(2_001, request, lookup)).toEqual({ kind: "stale" });
  });

  it("refuses a wrong password and an unknown name alike", () => {
    const server = newServer();
    expect(server.check(1, answered(server, 0, "wrong"), lookup).kind).toBe("refused");
    expect(server.check(1, answered(server, 0, "secret", "nobody"), lookup).kind).toBe("refused");
  });

  it("calls a nonce stale after its lifetime, of another key, or when it is forged", () => {
    const server = newServer();
    expect(server.check(300_000, answered(server, 0), lookup).kind).toBe("stale");
    const other = new DigestServer({ realm: "centrala", key: new Uint8Array(32), entropy: new SeededRandom(1) });
    expect(server.check(1, answered(other, 0), lookup).kind).toBe("stale");
  });

  it("takes no credentials of another realm or scheme", () => {
    const server = newServer();
    const request = phoneRequest("REGISTER", "z9hG4bKb");
    expect(server.check(0, request, lookup).kind).toBe("absent");
    request.headers.set("authorization", "Basic abcdef");
    expect(server.check(0, request, lookup).kind).toBe("absent");
  });

  it("[LIMIT] a nonce that was forgotten for want of room is stale, never fresh again", () => {
    const server = newServer(2);
    const first = answered(server, 1_000);
    expect(server.check(1_001, first, lookup).kind).toBe("accepted");
    for (const at of [2_000, 3_000]) expect(server.check(at, answered(server, at), lookup).kind).toBe("accepted");
    expect(server.check(4_000, first, lookup).kind).toBe("stale");
  });

  it("a nonce serves its holder alone, and three wrong answers", () => {
    const server = newServer();
    const nonceFor = (holder: string) => {
      const [value = ""] = server.challenge(0, { holder, algorithms: ["MD5"] });
      return createResponse(phoneRequest("REGISTER", "z9hG4bKa"), 401, undefined, {
        headers: [["www-authenticate", value]],
      });
    };
    const challenge = nonceFor("192.0.2.1");
    const guess = (password: string) => {
      const request = phoneRequest("REGISTER", "z9hG4bKb");
      const header = answerChallenge(challenge, request, { username: "1001", password }, new SeededRandom(2));
      request.headers.set(header?.[0] ?? "", header?.[1] ?? "");
      return request;
    };
    expect(server.check(1, guess("secret"), lookup, { holder: "198.51.100.7" }).kind).toBe("stale");
    const own = { holder: "192.0.2.1" };
    const tries = ["a", "b", "c", "secret"].map((password) => server.check(1, guess(password), lookup, own).kind);
    expect(tries).toEqual(["refused", "refused", "refused", "stale"]);
  });

  it("asks before anything is computed whether a try is allowed now", () => {
    const server = newServer();
    const looked: string[] = [];
    const verdict = server.check(1, answered(server, 0), (username) => void looked.push(username), {
      mayTry: () => false,
    });
    expect([verdict, looked]).toEqual([{ kind: "paused", username: "1001" }, []]);
  });

  it("[RFC7616-3.4.6] credentials for another address open nothing; spellings of the same one do", () => {
    const server = newServer();
    const judge = (uri: string, asked: string, method = "REGISTER") => {
      const request = phoneRequest(method, "z9hG4bKb");
      request.uri = uri;
      const header = answerChallenge(
        challenged(server, 0),
        request,
        { username: "1001", password: "secret" },
        new SeededRandom(2),
      );
      request.headers.set(header?.[0] ?? "", header?.[1] ?? "");
      request.uri = asked;
      return server.check(1, request, lookup, { isOurs: (host) => host === "pbx.example" }).kind;
    };
    expect([
      judge("sip:other.example", "sip:127.0.0.1"),
      judge("sip:200@192.0.2.9", "sip:100@192.0.2.9", "INVITE"),
      judge("tel:+359200", "tel:+359100", "INVITE"),
      judge("sip:200@192.0.2.9", "tel:200", "INVITE"),
    ]).toEqual(Array(4).fill("misdirected"));
    expect([
      judge("sip:PBX.example", "sip:192.0.2.9;transport=tcp"),
      judge("sip:192.0.2.9:5060", "sip:192.0.2.9"),
      judge("sip:1001@192.0.2.9", "sip:192.0.2.9"),
      judge("sip:100@192.0.2.9;user=phone", "sip:100@192.0.2.9", "INVITE"),
      judge("tel:+359100", "tel:+359100;ext=1", "INVITE"),
    ]).toEqual(Array(5).fill("accepted"));
  });
});
