import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flagOf, loadSettings, printSettings, settingNames, variableOf } from "./load.ts";
import type { SettingName } from "./schema.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "centrala-settings-"));
});
afterEach(() => {
  rmSync(data, { recursive: true, force: true });
});

function load(
  flags: Partial<Record<SettingName, string>> = {},
  variables: Record<string, string> = {},
  file: string | null = null,
) {
  if (file !== null) writeFileSync(join(data, "centrala.yaml"), file);
  return loadSettings({ data, ...flags }, variables);
}

function loaded(...given: Parameters<typeof load>) {
  const result = load(...given);
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

describe("where a setting comes from", () => {
  it("has defaults for all", () => {
    expect(loaded().settings).toEqual({
      data,
      bind: "0.0.0.0",
      publicAddress: null,
      publicUrl: null,
      trustedProxies: null,
      httpPort: 8080,
      httpsPort: 8443,
      sipPort: 5060,
      sipsPort: 5061,
      rtpPorts: { first: 10_000, last: 10_999 },
      silentAfterS: 30,
      databaseUrl: null,
      tlsCert: null,
      tlsKey: null,
      log: "info",
    });
  });

  it("takes the flag before the variable, the variable before the file, the file before the default", () => {
    const file = "httpPort: 1001\nhttpsPort: 1002\nsipPort: 1003\n";
    const { settings, origins } = loaded(
      { httpPort: "3001" },
      { CENTRALA_HTTP_PORT: "2001", CENTRALA_HTTPS_PORT: "2002" },
      file,
    );
    const { httpPort, httpsPort, sipPort, sipsPort } = settings;
    expect({ httpPort, httpsPort, sipPort, sipsPort }).toEqual({
      httpPort: 3001,
      httpsPort: 2002,
      sipPort: 1003,
      sipsPort: 5061,
    });
    expect([origins.httpPort, origins.httpsPort, origins.sipPort, origins.sipsPort]).toEqual([
      "flag",
      "environment",
      "file",
      "default",
    ]);
  });

  it("reads proxies with commas between and as a list of the file", () => {
    const expected = ["127.0.0.1", "10.0.0.0/8"];
    expect(loaded({ trustedProxies: "127.0.0.1, 10.0.0.0/8" }).settings.trustedProxies).toEqual(expected);
    expect(loaded({}, {}, "trustedProxies: [127.0.0.1, 10.0.0.0/8]").settings.trustedProxies).toEqual(expected);
  });

  it("reads an empty variable as none", () => {
    expect(loaded({}, { CENTRALA_HTTP_PORT: "" }).settings.httpPort).toBe(8080);
  });

  it("takes a command's own default only where nothing else is set", () => {
    const own = loadSettings({ data }, { CENTRALA_LOG: "debug" }, { log: "warn", httpPort: "9000" });
    expect(own.ok && [own.value.settings.log, own.value.settings.httpPort]).toEqual(["debug", 9000]);
  });

  it("names flags and variables after the setting", () => {
    expect([flagOf("httpPort"), variableOf("httpPort")]).toEqual(["--http-port", "CENTRALA_HTTP_PORT"]);
    expect(settingNames.map(variableOf)).toEqual([
      "CENTRALA_DATA",
      "CENTRALA_BIND",
      "CENTRALA_PUBLIC_ADDRESS",
      "CENTRALA_PUBLIC_URL",
      "CENTRALA_TRUSTED_PROXIES",
      "CENTRALA_HTTP_PORT",
      "CENTRALA_HTTPS_PORT",
      "CENTRALA_SIP_PORT",
      "CENTRALA_SIPS_PORT",
      "CENTRALA_RTP_PORTS",
      "CENTRALA_SILENT_AFTER_S",
      "CENTRALA_DATABASE_URL",
      "CENTRALA_TLS_CERT",
      "CENTRALA_TLS_KEY",
      "CENTRALA_LOG",
    ]);
  });
});

describe("refusals name the setting, where it came from and what was wrong", () => {
  const cases: readonly [string, Parameters<typeof load>, RegExp][] = [
    ["a port that is no number", [{ httpPort: "eighty" }], /^--http-port cannot be "eighty": /],
    ["a port out of range", [{}, { CENTRALA_SIP_PORT: "70000" }], /^CENTRALA_SIP_PORT cannot be "70000": /],
    ["half a port", [{ httpsPort: "80.5" }], /^--https-port cannot be "80.5": /],
    ["a port below zero", [{}, {}, "sipsPort: -1"], /^sipsPort in centrala\.yaml cannot be -1: /],
    ["a range that is one port", [{ rtpPorts: "10000" }], /^--rtp-ports cannot be "10000": two ports with a hyphen/],
    [
      "a range the wrong way round",
      [{}, { CENTRALA_RTP_PORTS: "20000-10000" }],
      /^CENTRALA_RTP_PORTS cannot be "20000-10000": from 1024 to 65535, the lower port first, at least four ports$/,
    ],
    ["a range of reserved ports", [{ rtpPorts: "80-200" }], /^--rtp-ports cannot be "80-200": from 1024/],
    ["a log level nobody knows", [{ log: "loud" }], /^--log cannot be "loud": /],
    ["an empty address", [{}, {}, 'bind: ""'], /^bind in centrala\.yaml cannot be "": /],
    [
      "a list for an address",
      [{}, {}, "publicAddress: [1, 2]"],
      /^publicAddress in centrala\.yaml cannot be \[1,2\]: /,
    ],
    ["an empty database address", [{ databaseUrl: " " }], /^--database-url cannot be " ": /],
    ["a certificate that is a number", [{}, {}, "tlsCert: 5"], /^tlsCert in centrala\.yaml cannot be 5: /],
    [
      "a database that is no PostgreSQL",
      [{ databaseUrl: "mysql://u:hidden@h/x" }],
      /^--database-url cannot be "mysql:\/\/u:\*\*\*@h\/x": an address like postgres:/,
    ],
    [
      "a public address that is a name",
      [{ publicAddress: "pbx.example" }],
      /^--public-address cannot be "pbx.example": an IPv4/,
    ],
    [
      "a public URL without a scheme",
      [{ publicUrl: "centre.example" }],
      /^--public-url cannot be "centre.example": an address that begins with https/,
    ],
    [
      "a proxy by its name",
      [{}, { CENTRALA_TRUSTED_PROXIES: "127.0.0.1, proxy.example" }],
      /^CENTRALA_TRUSTED_PROXIES cannot be "127.0.0.1, proxy.example": addresses or networks with commas between/,
    ],
    [
      "one port for two",
      [{ httpPort: "8443" }],
      /^CENTRALA_HTTPS_PORT cannot be 8443: httpPort has this port already$/,
    ],
    [
      "SIP inside the range for sound",
      [{ sipPort: "10500" }],
      /^--sip-port cannot be "10500": rtpPorts \(10000-10999\) has this port already$/,
    ],
    [
      "a certificate without its key",
      [{ tlsCert: "/c.pem" }],
      /^CENTRALA_TLS_KEY cannot be absent: CENTRALA_TLS_CERT and /,
    ],
    [
      "a variable with a slip of the pen",
      [{}, { CENTRALA_HTTPPORT: "80" }],
      /^CENTRALA_HTTPPORT is no setting; did you mean CENTRALA_HTTP_PORT\?$/,
    ],
    [
      "a setting that does not exist",
      [{}, {}, "colour: red"],
      /^centrala\.yaml has a setting that does not exist: colour$/,
    ],
    ["a file that is a list", [{}, {}, "- a\n- b"], /^centrala\.yaml must hold settings as name: value$/],
    ["a file that is a word", [{}, {}, "hello"], /^centrala\.yaml must hold settings as name: value$/],
    ["a file that is no YAML", [{}, {}, "a: [1"], /^centrala\.yaml cannot be read: /],
  ];
  it.each(cases)("%s", (_name, given, message) => {
    const result = load(...given);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.code).toBe("SETTING_INVALID");
    expect(result.message).toMatch(message);
    expect(result.message).not.toContain("\n");
  });

  it("reads an empty file as no settings", () => {
    expect(loaded({}, {}, "").settings.httpPort).toBe(8080);
    expect(loaded({}, {}, "# nothing yet\n").settings.httpPort).toBe(8080);
  });
});

describe("printed settings", () => {
  it("tells every setting with value, origin, flag and meaning, one line each", () => {
    const lines = printSettings(loaded({ httpPort: "9090" })).split("\n");
    expect(lines.map((line) => line.split(/ +/)[0])).toEqual(settingNames.map(variableOf));
    expect(lines.find((line) => line.startsWith("CENTRALA_HTTP_PORT"))).toMatch(
      /^CENTRALA_HTTP_PORT +9090 {2}\(flag; --http-port; Web app for this computer/,
    );
    expect(lines.find((line) => line.startsWith("CENTRALA_RTP_PORTS"))).toContain("  10000-10999  (default; ");
    expect(lines.find((line) => line.startsWith("CENTRALA_PUBLIC_URL"))).toContain("  -  (default; ");
  });

  it("hides the database's password", () => {
    const text = printSettings(loaded({ databaseUrl: "postgres://user:very-secret@db.example/centrala" }));
    expect(text).toContain("postgres://user:***@db.example/centrala");
    expect(text).not.toContain("very-secret");
  });

  it.each([
    ["a password with a colon", "postgres://user:a:b@db.example/x"],
    ["a password with a slash", "postgres://user:a/b@db.example/x"],
    ["a password with an at sign", "postgres://user:a@b@db.example/x"],
    ["a password in the query", "postgres://db.example/x?user=u&password=hidden1"],
  ])("hides %s", (_name, url) => {
    const text = printSettings(loaded({ databaseUrl: url }));
    for (const secret of ["a:b", "a/b", "a@b", "hidden1"]) expect(text).not.toContain(secret);
  });
});
