import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

/** Modules stand below the name of the machine's kind. */
function kamailioHasTls() {
  return readdirSync("/usr/lib").some((name) => existsSync(`/usr/lib/${name}/kamailio/modules/tls.so`));
}

const packages = [
  { name: "sip-tester", present: () => existsSync("/usr/bin/sipp"), suites: "calls from SIPp" },
  { name: "baresip-core", present: () => existsSync("/usr/bin/baresip"), suites: "calls to baresip" },
  { name: "kamailio", present: () => existsSync("/usr/sbin/kamailio"), suites: "lines and phones behind Kamailio" },
  { name: "kamailio-tls-modules", present: () => kamailioHasTls(), suites: "lines to Kamailio over TLS" },
  { name: "linphone-cli", present: () => existsSync("/usr/bin/linphonec"), suites: "linphone as a telephone" },
  { name: "nginx-light", present: () => existsSync("/usr/sbin/nginx"), suites: "the web app behind a proxy" },
  { name: "caddy", present: () => existsSync("/usr/bin/caddy"), suites: "the web app behind Caddy" },
  { name: "chromium", present: () => existsSync("/usr/bin/chromium"), suites: "the first call in a browser" },
  { name: "firefox-esr", present: () => existsSync("/usr/bin/firefox-esr"), suites: "the headset in Firefox" },
  {
    name: "postgresql",
    present: () => existsSync("/usr/lib/postgresql") && readdirSync("/usr/lib/postgresql").length > 0,
    suites: "the store on a second PostgreSQL",
  },
];

function aptGet(args) {
  return spawnSync("apt-get", args, {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}

function install(names) {
  return aptGet(["install", "-y", "-q", "--no-install-recommends", ...names]).status === 0;
}

/**
 * Test peers from Debian: installed here when this is root on Debian or `asked`, otherwise named loudly.
 * @returns what is still missing
 */
export function testPeers(asked) {
  const missing = packages.filter((entry) => !entry.present());
  if (missing.length === 0) return [];
  const names = missing.map((entry) => entry.name);
  const root = process.getuid?.() === 0;
  if (existsSync("/etc/debian_version") && (root || asked)) {
    process.stdout.write(`Installing the Debian packages that the tests talk to: ${names.join(", ")} ...\n`);
    aptGet(["update", "-q"]);
    // One that this system does not know would keep all others away.
    if (!install(names)) for (const name of names) if (!install([name])) process.stderr.write(`no ${name} here\n`);
  }
  const absent = packages.filter((entry) => !entry.present());
  for (const entry of absent)
    process.stdout.write(
      `\n!!! LEFT OUT: ${entry.suites}. To have them: apt-get install ${entry.name}  (or: npm test -- --install)\n`,
    );
  return absent.map((entry) => entry.name);
}
