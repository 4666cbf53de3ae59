import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAuthParams } from "./auth.ts";
import { createResponse, withTag } from "./build.ts";
import { requestOf, wire } from "./torture.fixture.ts";
import { type Capabilities, validateRequest } from "./validate.ts";
import { parseNameAddr, parseSipUri, parseUri, parseVia } from "./values.ts";

const seed = 4711;

const capabilities: Capabilities = {
  role: "agent",
  methods: new Set(["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "UPDATE", "REFER", "NOTIFY"]),
  extensions: new Set(["timer"]),
  contentTypes: new Set(["application/sdp", "multipart/mixed"]),
  answerTypes: new Set(["application/sdp"]),
  uriSchemes: new Set(["sip", "sips", "tel"]),
};

/** What an address says, in a few words: name, URI, tag. */
function said(value: string): string | undefined {
  const address = parseNameAddr(value);
  return address && `${address.display ?? ""}|${address.uri}|${String(address.params.get("tag") ?? "")}`;
}

describe("[LENIENT] addresses", () => {
  it.each([
    ["<sip:@192.0.2.1>;tag=1", "|sip:@192.0.2.1|1"],
    ['"Sami\\" <sip:+359888123456@192.0.2.1>;tag=1', "Sami|sip:+359888123456@192.0.2.1|1"],
    ['"Sami\\" <sip:1@192.0.2.1>;tag=1;x="y"', "Sami|sip:1@192.0.2.1|1"],
    ['"Sami \\ " <sip:1@192.0.2.1>;tag=1', "Sami  |sip:1@192.0.2.1|1"],
    ['"Ivan "Vanko" Petrov" <sip:1@192.0.2.1>;tag=1', 'Ivan "Vanko" Petrov|sip:1@192.0.2.1|1'],
    ['Ivan "Vanko" Petrov <sip:1@192.0.2.1>;tag=1', 'Ivan "Vanko" Petrov|sip:1@192.0.2.1|1'],
    ["ivan@example.org: home <sip:1@192.0.2.1>;tag=1", "ivan@example.org: home|sip:1@192.0.2.1|1"],
    ['"Anonymous" sip:anonymous@anonymous.invalid;tag=1', "Anonymous|sip:anonymous@anonymous.invalid|1"],
    ["<sip:1@192.0.2.1>;tag=1;", "|sip:1@192.0.2.1|1"],
    ["<sip:1@192.0.2.1>;;tag=1", "|sip:1@192.0.2.1|1"],
    ["<sip:1@192.0.2.1> ; tag = 1 ; ", "|sip:1@192.0.2.1|1"],
    ["<sip:1@192.0.2.1>;tag=", "|sip:1@192.0.2.1|true"],
    ["<sip:1@192.0.2.1>;isup-oli=;tag=1;user=phone;@;=", "|sip:1@192.0.2.1|1"],
    ["<sip:1@192.0.2.1>;epid=a b c;tag=1", "|sip:1@192.0.2.1|1"],
    ["Anonymous <>;tag=1", "Anonymous||1"],
    ["<unknown>;tag=1", "|unknown|1"],
    ["anonymous;tag=1", "|anonymous|1"],
    ["<sip:Ivan Petrov@192.0.2.1>;tag=1", "|sip:Ivan Petrov@192.0.2.1|1"],
    ["sip:+359888123456@192.0.2.1;tag=1;", "|sip:+359888123456@192.0.2.1|1"],
  ])("%s is read as %s", (value, expected) => {
    expect(said(value)).toBe(expected);
  });

  it.each([
    '"Mr. J. User <sip:j@192.0.2.1>;tag=1',
    'Ivan "Vanko <sip:1@192.0.2.1>;tag=1',
    "sip:1@192.0.2.1 <sip:2@192.0.2.1>;tag=1",
    "Ivan; tag=1 <sip:2@192.0.2.1>",
    "sip:1@192.0.2.1?Replaces=x;tag=1",
    "<sip:1@192.0.2.1;tag=1",
    "<sip:1@192.0.2.1> <sip:2@192.0.2.1>",
    '<sip:1@192.0.2.1>;tag="1',
  ])("%s stays unread: what it means is a guess", (value) => {
    expect(said(value)).toBeUndefined();
  });

  it("noise among the parameters never changes address and tag", () => {
    const noise = fc.constantFrom(";", " ; ", ";x=", ";=", ";@", ";y = ", ';q="a;b"', ";v=a b", ";w=a=b==");
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), fc.array(noise, { maxLength: 4 }), (before, after) => {
        const value = `"A" <sip:1@192.0.2.1;lr>${before.join("")};tag=t1${after.join("")}`;
        expect(said(value)).toBe("A|sip:1@192.0.2.1;lr|t1");
      }),
      { seed, numRuns: 300 },
    );
  });

  it("an answer gets our tag where the request's To has none or an empty one", () => {
    expect(
      ["<sip:1@x>", "<sip:1@x>;", "<sip:1@x>;tag=", '"A" <sip:1@x>;tag=""', "<sip:1@x>;tag=t"].map((to) =>
        withTag(to, "us"),
      ),
    ).toEqual(["<sip:1@x>;tag=us", "<sip:1@x>;tag=us", "<sip:1@x>;tag=us", '"A" <sip:1@x>;tag=us', "<sip:1@x>;tag=t"]);
  });
});

describe("[LENIENT] SIP URIs", () => {
  it.each([
    ["sip:@192.0.2.1", undefined, "192.0.2.1", undefined],
    ["sip:gw@192.0.2.1:", "gw", "192.0.2.1", undefined],
    ["sip:alice@example.org@192.0.2.1:5070", "alice@example.org", "192.0.2.1", 5070],
    ["sip:100%@192.0.2.1", "100%", "192.0.2.1", undefined],
    ["sip:%zz%41@192.0.2.1", "%zzA", "192.0.2.1", undefined],
    ["sip:Иван@192.0.2.1", "Иван", "192.0.2.1", undefined],
    ["sip:*31#0888{1}@192.0.2.1", "*31#0888{1}", "192.0.2.1", undefined],
    ["sip:sbc_1.example.org;lr;", undefined, "sbc_1.example.org", undefined],
    ["sip:192.0.2.1:5060;transport=udp;thinfo=VG8UYHSDsWAZZwBCEaSdGA=", undefined, "192.0.2.1", 5060],
    ['sip:192.0.2.1:5060;thinfo="VG8=;x"', undefined, "192.0.2.1", 5060],
    ["sip:gw@192.0.2.1;;transport=;=x?a&&b", "gw", "192.0.2.1", undefined],
  ])("%s names user %s at %s", (text, user, host, port) => {
    const uri = parseSipUri(text);
    expect([uri?.user, uri?.host, uri?.port]).toEqual([user, host, port]);
  });

  it("parameters that break the grammar are kept, empty ones have no value", () => {
    const params = (text: string) => [...(parseSipUri(text)?.params ?? [])];
    expect(params("sip:x;thinfo=VG8=;transport=")).toEqual([
      ["thinfo", "VG8="],
      ["transport", true],
    ]);
    expect(params('sip:x;thinfo="VG8=;x";lr')).toEqual([
      ["thinfo", "VG8=;x"],
      ["lr", true],
    ]);
  });

  it("what goes out again is one word, and names a host", () => {
    expect(["sip:a b@x", "sip:", "sip:a@", "sip:x:70000", "sip:x junk", "sip:<x>"].map(parseSipUri)).toEqual(
      Array(6).fill(undefined),
    );
    expect(parseUri("tel:++359 (2) 400-10/01")).toMatchObject({ number: "+35924001001" });
  });
});

describe("[LENIENT] Via, challenges and credentials", () => {
  it.each([
    "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport=",
    "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport;",
    "SIP/2.0/UDP 192.0.2.1:5070;;rport ;branch = z9hG4bK1",
    "SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bK1 (NTA 1.0)",
  ])("%s has the branch and asks for the port", (value) => {
    const via = parseVia(value);
    expect([via?.host, via?.port, via?.params.get("branch"), via?.params.get("rport")]).toEqual([
      "192.0.2.1",
      5070,
      "z9hG4bK1",
      true,
    ]);
  });

  it.each([
    'Digest realm="r", nonce="n", qop="auth", opaque=, algorithm=MD5,',
    'Digest realm="r" nonce="n" qop="auth" opaque="" algorithm=MD5',
    'Digest ,realm="r",,nonce="n", qop="auth",stale, opaque=,algorithm=MD5, realm="other"',
  ])("%s is a whole challenge", (value) => {
    expect(Object.fromEntries(parseAuthParams(value)?.params ?? [])).toEqual({
      realm: "r",
      nonce: "n",
      qop: "auth",
      opaque: "",
      algorithm: "MD5",
    });
  });
});

function message(method: string, lines: readonly string[], body = ""): Uint8Array {
  const head = [
    `${method} sip:1@192.0.2.2 SIP/2.0`,
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
    "From: <sip:a@192.0.2.1>;tag=1",
    "To: <sip:1@192.0.2.2>",
    "Call-ID: 1",
    `CSeq: 1 ${method}`,
    ...lines,
  ];
  return wire(`${head.join("\n")}\n\n${body}`);
}

function statusOf(bytes: Uint8Array): number {
  const validation = validateRequest(requestOf(bytes), capabilities);
  return validation.ok ? 200 : validation.status;
}

/** Headers that say something about the message as a whole: asked for by the sender, or read by who frames it. */
const meant = /^(via|v|from|f|to|t|call-id|i|cseq|content-length|l|require|content-.*|[ce]|accept|contact|m)$/i;
const junk = fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.replaceAll(/[\r\n]/g, ""));
const hard = fc.constantFrom(
  '"',
  "<",
  "<<>>",
  ";;,;,,",
  '"a\\" <sip:@>;',
  "sip:",
  "*",
  "=;",
  ", ,",
  "\0",
  '<sip:a@x?b>;c="',
);
const spelled = [
  "Route",
  "Record-Route",
  "Path",
  "Service-Route",
  "Max-Forwards",
  "Expires",
  "Min-SE",
  "Session-Expires",
  "x",
  "Date",
  "Timestamp",
  "Subject",
  "Privacy",
  "P-Asserted-Identity",
  "P-Preferred-Identity",
  "Remote-Party-ID",
  "Diversion",
  "History-Info",
  "Reason",
  "Replaces",
  "Refer-To",
  "Referred-By",
  "Allow",
  "Supported",
  "k",
  "Warning",
  "Retry-After",
  "Authorization",
  "Proxy-Authorization",
  "Proxy-Require",
  "User-Agent",
  "Alert-Info",
  "Call-Info",
  "Event",
  "Subscription-State",
  "RAck",
  "RSeq",
  "Accept-Language",
  "Geolocation",
  "P-Charging-Vector",
  "Identity",
  "y",
];
const name = fc.oneof(fc.constantFrom(...spelled), fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,15}$/));
const lines = fc.array(
  fc.tuple(
    name.filter((text) => !meant.test(text)),
    fc.oneof(junk, hard),
  ),
  { maxLength: 6 },
);
const written = lines.map((list) => list.map(([header, value]) => `${header}: ${value}`));

describe("[LENIENT] a header nobody needs refuses nothing", () => {
  it.each(["INVITE", "BYE", "CANCEL", "ACK", "OPTIONS", "INFO", "UPDATE", "REFER", "NOTIFY", "REGISTER"])(
    "%s with any of them is taken",
    (method) => {
      fc.assert(
        fc.property(written, (extra) => {
          expect(statusOf(message(method, extra))).toBe(200);
        }),
        { seed, numRuns: 200 },
      );
    },
  );

  it("lines that are no headers at all are left out", () => {
    fc.assert(
      fc.property(
        fc.array(
          junk.filter((text) => !/^\s|^[\s\S]*:/.test(text) && text !== ""),
          { maxLength: 4 },
        ),
        (extra) => {
          expect(statusOf(message("INVITE", extra))).toBe(200);
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  it("a BYE ends whatever it carries: any body, type, extension, contact", () => {
    const asked = fc.constantFrom(
      "Require",
      "Content-Type",
      "Content-Encoding",
      "Content-Disposition",
      "Accept",
      "Contact",
    );
    const extra = fc.array(
      fc.tuple(asked, fc.oneof(junk, hard, fc.constantFrom("aoc", "application/vnd.etsi.aoc+xml", "gzip"))),
      {
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(extra, fc.constantFrom("", "<aoc/>", "--b"), (list, body) => {
        expect(
          statusOf(
            message(
              "BYE",
              list.map(([header, value]) => `${header}: ${value}`),
              body,
            ),
          ),
        ).toBe(200);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("only a registration needs every Contact to be one", () => {
    expect(["INVITE", "UPDATE", "OPTIONS", "BYE"].map((method) => statusOf(message(method, ["Contact: ;"])))).toEqual(
      Array(4).fill(200),
    );
    expect(
      [";", "*, <sip:a@x>", "sip:a@x?b=c", "<sip:a@x>, <>"].map((contact) =>
        statusOf(message("REGISTER", [`Contact: ${contact}`])),
      ),
    ).toEqual(Array(4).fill(400));
    expect(
      ["<sip:a@x;>", "<sip:a@x;transport=>;", ", <sip:a@x>,", "*"].map((contact) =>
        statusOf(message("REGISTER", [`Contact: ${contact}`])),
      ),
    ).toEqual(Array(4).fill(200));
  });
});

describe("[LENIENT] what is never forgiven", () => {
  it.each([
    ["two To", ["To: <sip:2@192.0.2.2>"]],
    ["two From", ["From: <sip:2@192.0.2.2>;tag=2"]],
    ["two Call-ID", ["Call-ID: 2"]],
    ["two CSeq", ["CSeq: 2 INVITE"]],
    ["a second Via that is none", ["Via: rubbish"]],
  ])("%s", (_what, extra) => {
    expect(statusOf(message("INVITE", extra))).toBe(400);
  });

  it("an answer is written by the grammar, whatever the request was like", () => {
    const request = requestOf(message("OPTIONS", []));
    request.headers.set("to", "<sip:1@192.0.2.2>;tag=;");
    expect(createResponse(request, 200, undefined, { toTag: "us" }).headers.get("to")).toBe("<sip:1@192.0.2.2>;tag=us");
  });
});
