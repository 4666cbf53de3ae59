import { writeWav } from "@centrala/media";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
});
afterAll(() => test.stop());

const put = (kind: string, id: string, body: object) => test.send("PUT", `/api/config/${kind}/${id}`, manager, body);
const get = async (url: string) => (await test.send("GET", url, manager)).json();
const trunk = {
  name: "Carrier",
  host: "sip.carrier.example",
  registration: { username: "359700", password: "very-secret" },
};

describe("entities", () => {
  it("stores a carrier's password and never gives it back", async () => {
    const made = await put("trunk", "carrier", trunk);
    expect(made.json()).toMatchObject({
      id: "carrier",
      hasPassword: true,
      registration: { username: "359700", password: null },
    });
    const listed = await get("/api/config/trunk");
    expect(listed.items).toEqual([expect.objectContaining({ id: "carrier", hasPassword: true })]);
    expect(JSON.stringify(listed)).not.toContain("very-secret");
    expect(await test.store.secrets.get(test.centre().id, "trunk", "carrier")).toBe("very-secret");
  });

  it("keeps the stored password when a form sends the entity back as it was read", async () => {
    const [read] = (await get("/api/config/trunk")).items;
    expect((await put("trunk", "carrier", { ...read, name: "Carrier 2" })).json()).toMatchObject({
      name: "Carrier 2",
      hasPassword: true,
    });
    expect(await test.store.secrets.get(test.centre().id, "trunk", "carrier")).toBe("very-secret");
    const again = await put("trunk", "carrier", { ...read, name: "Carrier 3" });
    expect([again.statusCode, again.json().code]).toEqual([409, "CONFLICT"]);
  });

  it("names every mistake of an entity by its field", async () => {
    const response = await put("queue", "sales", { name: "", clientId: "main", ringTimeoutMs: 1, colour: "red" });
    expect(response.statusCode).toBe(400);
    expect(
      response
        .json()
        .details.map((detail: { path: string }) => detail.path)
        .sort(),
    ).toEqual(["", "name", "ringTimeoutMs"]);
  });

  it("judges a change by what is stored when it is stored, whatever else was changed meanwhile", async () => {
    const { store } = test;
    const { id: centreId } = test.centre();
    expect((await put("skill", "german", { name: "German" })).statusCode).toBe(200);
    // Another writer, whom this server has not heard of yet.
    await store.entities.delete(centreId, "skill", "german");
    const queue = { name: "Sales", clientId: "main", requires: [{ skillId: "german", level: 1 }] };
    const refused = await put("queue", "sales", queue);
    expect([refused.statusCode, refused.json().code]).toEqual([422, "CONFIG_INVALID"]);
    await put("skill", "french", { name: "French" });
    await store.entities.apply(centreId, [{ put: "skill", value: { id: "dutch", name: "Dutch" } }]);
    const taken = await put("queue", "sales", { ...queue, requires: [{ skillId: "french", level: 1 }] });
    expect([taken.statusCode, taken.json().id]).toEqual([200, "sales"]);
    expect((await test.send("DELETE", "/api/config/skill/french", manager)).json().code).toBe("IN_USE");
    expect((await test.send("DELETE", "/api/config/queue/sales", manager)).statusCode).toBe(200);
  });

  it("refuses references to what is not there", async () => {
    const response = await put("number", "main-number", {
      number: "+35924000000",
      trunkId: "no-such-trunk",
      clientId: "main",
    });
    expect([response.statusCode, response.json().code]).toEqual([422, "CONFIG_INVALID"]);
    expect(response.json().details).toEqual([expect.objectContaining({ path: "trunkId", code: "TRUNK_MISSING" })]);
  });

  it("refuses to remove what is used, and says where", async () => {
    await put("number", "main-number", { number: "+35924000000", trunkId: "carrier", clientId: "main" });
    const refused = await test.send("DELETE", "/api/config/trunk/carrier", manager);
    expect([refused.statusCode, refused.json().code]).toEqual([409, "IN_USE"]);
    expect(refused.json().details).toEqual([expect.objectContaining({ path: "number/main-number.trunkId" })]);
    await test.send("DELETE", "/api/config/number/main-number", manager);
    expect((await test.send("DELETE", "/api/config/trunk/carrier", manager)).statusCode).toBe(200);
    expect((await test.send("DELETE", "/api/config/trunk/carrier", manager)).statusCode).toBe(404);
  });

  it("keeps logins apart and the last manager in place", async () => {
    await test.addPerson("elena", ["operator"]);
    const taken = await put("user", "another", { login: "elena", name: "Elena", roles: ["operator"] });
    expect(taken.json().details).toEqual([expect.objectContaining({ path: "login", code: "LOGIN_TAKEN" })]);
    const me = (await get("/api/session")).user.id as string;
    const last = await put("user", me, { login: "maria", name: "Maria", roles: ["operator"] });
    expect(last.json().details).toEqual([expect.objectContaining({ code: "LAST_MANAGER" })]);
    expect((await test.send("DELETE", `/api/config/user/${me}`, manager)).json().code).toBe("IN_USE");
  });

  it("gives a telephone a password once", async () => {
    await put("device", "desk-phone", { userId: "user-elena", username: "elena-phone" });
    const first = (await test.send("POST", "/api/devices/desk-phone/password", manager)).json();
    expect(first).toMatchObject({ username: "elena-phone", server: "192.168.1.20", port: 5060, transport: "udp" });
    expect(first.password).toMatch(/^[a-z2-9]{20}$/);
    expect((await get("/api/config/device")).items).toEqual([
      expect.objectContaining({ password: null, hasPassword: true }),
    ]);
  });
});

describe("the centre", () => {
  it("changes its settings, but not into a time zone that does not exist", async () => {
    const centre = await get("/api/centre");
    expect((await test.send("PUT", "/api/centre", manager, { ...centre, timeZone: "Mars/Olympus" })).statusCode).toBe(
      400,
    );
    expect(
      (await test.send("PUT", "/api/centre", manager, { ...centre, recordingRetentionDays: 30 })).json()
        .recordingRetentionDays,
    ).toBe(30);
    expect((await get("/api/session")).centre.recordingRetentionDays).toBe(30);
  });
});

describe("prompts and sounds", () => {
  const tone = Int16Array.from({ length: 44_100 }, (_, index) => 8_000 * Math.sin(index / 15));
  const upload = (bytes: Uint8Array) => {
    const boundary = "----test";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="greeting.wav"\r\nContent-Type: audio/wav\r\n\r\n`;
    const payload = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    return test.servers.http.inject({
      method: "POST",
      url: "/api/prompts/greeting/audio",
      headers: {
        host: "localhost:8080",
        origin: "http://localhost:8080",
        cookie: manager,
        "content-type": `multipart/form-data; boundary=${boundary}`,
      },
      payload,
    });
  };

  it("takes a recording of any rate and plays it back as PCM", async () => {
    await put("prompt", "greeting", { name: "Greeting", language: "bg" });
    expect((await test.send("GET", "/api/prompts/greeting/audio", manager)).statusCode).toBe(404);
    const stored = await upload(writeWav({ sampleRateHz: 44_100, channels: [tone] }));
    expect(stored.json()).toMatchObject({ durationMs: 1_000, clipped: false });
    const played = await test.send("GET", "/api/prompts/greeting/audio", manager);
    expect([played.headers["content-type"], played.rawPayload.length]).toEqual(["audio/wav", 44 + 16_000]);
    expect((await get("/api/config/prompt")).items).toEqual([
      expect.objectContaining({ durationMs: 1_000, sha256: stored.json().sha256 }),
    ]);
  });

  it("refuses what is not a sound", async () => {
    const refused = await upload(Buffer.from("MZ this is a program"));
    expect([refused.statusCode, refused.json().code]).toEqual([415, "UNSUPPORTED_FILE"]);
    expect((await test.send("POST", "/api/prompts/greeting/audio", manager, {})).json().code).toBe("UNSUPPORTED_FILE");
  });

  it("lists and plays the shipped sounds", async () => {
    const sounds = await get("/api/sounds");
    expect(sounds.music).toContain("calm");
    expect(sounds.items.find((item: { name: string }) => item.name === "goodbye").texts).toEqual({
      en: expect.any(String),
      ru: expect.any(String),
      bg: expect.any(String),
    });
    const part = await test.send("GET", "/api/sounds/bg/goodbye", manager, undefined, { range: "bytes=0-43" });
    expect([part.statusCode, part.rawPayload.toString("latin1", 0, 4), part.rawPayload.length]).toEqual([
      206,
      "RIFF",
      44,
    ]);
    expect((await test.send("GET", "/api/sounds/bg/no-such-sound", manager)).statusCode).toBe(404);
  });
});

describe("the machine", () => {
  it("tells technicians about addresses and checks itself", async () => {
    const { cookie } = await test.addPerson("technik", ["technician"]);
    const system = (await test.send("GET", "/api/system", cookie)).json();
    expect(system).toMatchObject({
      localAddresses: ["192.168.1.20"],
      reachable: "unknown",
      sipPort: 5060,
      rtpPorts: "10000-10999",
    });
    const doctor = (await test.send("GET", "/api/system/doctor", cookie)).json();
    expect(doctor.checks.map((check: { id: string }) => check.id)).toEqual([
      "folder",
      "disk",
      "database",
      "certificate",
      "network",
      "outside",
      "ports",
      "phone-passwords",
    ]);
  });
});
