import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { startService, type TestService, trunkTo } from "../packages/phone/src/signalling/testing.ts";

const run = promisify(execFile);
const sipp = "/usr/bin/sipp";
const baresip = "/usr/bin/baresip";
const started: TestService[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ service }) => service.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "centrala-interop-"));
  folders.push(folder);
  return folder;
}

describe.skipIf(!existsSync(sipp))("SIPp", () => {
  it.each(["u1", "t1"])("[RFC3261-13] calls, is answered and hangs up over %s", async (transport) => {
    const us = await startService({ ownerOf: (candidates) => candidates[0]?.trunkId ?? null }, started);
    us.service.setTrunks([trunkTo(9, { sources: ["127.0.0.1"], maxCalls: 100 })]);
    us.service.onEvent((event) => {
      if (event.kind !== "incoming") return;
      us.service.ring(event.leg.legId);
      us.service.answer(event.leg.legId, 30_000);
    });
    const target = `127.0.0.1:${us.service.sipPort}`;
    const options = [
      "-i",
      "127.0.0.1",
      "-m",
      "20",
      "-r",
      "20",
      "-d",
      "100",
      "-t",
      transport,
      "-nostdin",
      "-timeout",
      "30",
    ];
    // SIPp's exit code is 0 only when every call went by its scenario, without an unexpected message.
    await run(sipp, ["-sn", "uac", target, ...options], { cwd: newFolder(), maxBuffer: 16_000_000 });
    const ended = us.events.filter((event) => event.kind === "ended").map(({ code }) => code);
    expect(ended).toEqual(Array(20).fill("HUNG_UP"));
    expect(us.service.calls()).toBe(0);
  });
});

/** Half a second of silence, WAV, 8 kHz mono: baresip wants a sound source that exists. */
function silence(): Buffer {
  const data = Buffer.alloc(8_000);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

function baresipFolder(sipPort: number): string {
  const folder = newFolder();
  writeFileSync(join(folder, "in.wav"), silence());
  writeFileSync(
    join(folder, "config"),
    [
      "poll_method epoll",
      "sip_listen 127.0.0.1:0",
      "module_path /usr/lib/baresip/modules",
      ...["g711", "menu", "aufile", "account"].map((name) => `module ${name}.so`),
      `audio_source aufile,${join(folder, "in.wav")}`,
      `audio_player aufile,${join(folder, "out.wav")}`,
      "",
    ].join("\n"),
  );
  const account = "auth_user=1001;auth_pass=secret;regint=60;answermode=auto;audio_codecs=pcma";
  writeFileSync(join(folder, "accounts"), `<sip:1001@127.0.0.1:${sipPort}>;${account}\n`);
  return folder;
}

describe.skipIf(!existsSync(baresip))("baresip", () => {
  it("[RFC3261-10] registers with digest, is rung, answers, and is hung up", async () => {
    const us = await startService({}, started);
    us.service.setDevices([us.service.deviceAccount("desk", "1001", "secret")]);
    const phone = spawn(baresip, ["-f", baresipFolder(us.service.sipPort), "-t", "60"], { stdio: "ignore" });
    try {
      await us.next("deviceBindings", ({ bindings }) => bindings.length > 0);
      us.service.dialDevice({
        legId: "ring-1",
        deviceId: "desk",
        caller: "+359888123456",
        callerName: "Иван Петров",
        ringTimeoutMs: 20_000,
        autoAnswer: false,
        rtpPort: 22_000,
      });
      expect((await us.next("remoteAudio")).remote.codec).toBe("pcma");
      await us.next("answered");
      us.service.drop("ring-1", "DROPPED");
      expect((await us.next("ended")).code).toBe("DROPPED");
    } finally {
      // Its own farewell to a server that is gone would take half a minute.
      phone.kill("SIGKILL");
    }
  });
});
