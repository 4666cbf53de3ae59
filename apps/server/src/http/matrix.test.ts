import { type Access, type Role, type Route, type RouteName, routes } from "@centrala/contract";
import { noNumbers } from "@centrala/domain/testing";
import { centreScope } from "@centrala/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permits } from "../accounts/access.ts";
import { callArrives } from "../live/testing/arrival.ts";
import { type TestApp, testApp } from "./testing/test-app.ts";

/**
 * Every route of the contract: who may call it, whether a machine may, and whose thing its id names. A new route does not
 * compile until it stands here; an access that is changed in the contract fails until it is changed here as well.
 */
type Who = "public" | "user" | "operator" | "reader" | "seer" | "builder" | "manager";
type Thing =
  | "none"
  /** Of a client: an operator of another client gets as little as one of another centre. */
  | "contact"
  | "liveContact"
  | "customer"
  | "recording"
  /** Of the centre: whoever has the role may name it, nobody of another centre. */
  | "user"
  | "prompt"
  | "device"
  | "queue"
  | "token"
  | "offer"
  | "import"
  /** A secret of its own. */
  | "invitation";
type Row = { readonly who: Who; readonly thing: Thing; readonly personOnly?: boolean; readonly body?: object };

const of = (who: Who, thing: Thing = "none", more: Omit<Row, "who" | "thing"> = {}): Row => ({ who, thing, ...more });
const person = { personOnly: true };
const desk = (body: object = {}): Row => of("operator", "liveContact", { ...person, body });
const choices = {
  encoding: null,
  delimiter: null,
  sheet: null,
  heading: null,
  country: "BG",
  clientId: "main",
  columns: null,
};
const target = { kind: "number", number: "0888123456" };

const table: Readonly<Record<RouteName, Row>> = {
  setupState: of("public"),
  setup: of("public"),
  setupLink: of("public"),
  signIn: of("public"),
  session: of("user", "none", person),
  signOut: of("user", "none", person),
  changePassword: of("user", "none", person),
  changeLanguage: of("user", "none", person),
  guideLeaveOut: of("manager"),
  invite: of("manager", "user", { ...person, body: {} }),
  accounts: of("builder"),
  invitation: of("public", "invitation"),
  acceptInvitation: of("public", "invitation", { body: { password: "a good long password" } }),
  centre: of("user"),
  changeCentre: of("manager"),
  entities: of("user"),
  putEntity: of("builder"),
  removeEntity: of("builder", "queue"),
  uploadPrompt: of("builder", "prompt"),
  promptAudio: of("user", "prompt"),
  soundAudio: of("user"),
  sounds: of("user"),
  trunkStates: of("user"),
  deviceCredentials: of("builder", "device"),
  plan: of("builder"),
  apply: of("builder"),
  exportCentre: of("builder"),
  customers: of("operator"),
  customer: of("operator", "customer"),
  createCustomer: of("operator"),
  changeCustomer: of("operator", "customer", { body: { name: "Taken", version: 1 } }),
  customerContacts: of("operator", "customer"),
  customersOfNumber: of("operator"),
  imports: of("builder"),
  importRead: of("builder"),
  importReread: of("builder", "import", { body: choices }),
  importCheck: of("builder", "import", { body: choices }),
  importState: of("builder", "import"),
  importRows: of("builder", "import"),
  importDecide: of("builder", "import", { body: { lines: null, decision: "two" } }),
  importRun: of("builder", "import", { body: {} }),
  importStop: of("builder", "import", { body: {} }),
  importUndo: of("manager", "import", { body: {} }),
  importProblems: of("builder", "import"),
  holidays: of("builder"),
  bulkUsers: of("builder"),
  bulkCustomers: of("operator"),
  bulkMissed: of("operator", "none", person),
  exportCustomers: of("seer"),
  exportChosenCustomers: of("seer"),
  contacts: of("operator"),
  exportContacts: of("operator"),
  exportMissed: of("operator"),
  contact: of("operator", "contact"),
  recordingAudio: of("operator", "recording"),
  recordingPeaks: of("operator", "recording"),
  missed: of("operator"),
  closeMissed: of("operator", "contact", { ...person, body: { reason: "x" } }),
  reopenMissed: of("operator", "contact"),
  ladder: of("builder", "contact"),
  desk: of("operator", "none", person),
  deskState: of("operator", "none", person),
  deskDevice: of("operator", "none", person),
  acceptOffer: of("operator", "offer", { ...person, body: {} }),
  declineOffer: of("operator", "offer", { ...person, body: {} }),
  dial: of("operator", "none", person),
  hangUp: desk(),
  hold: desk({ on: true }),
  mute: desk({ on: true }),
  sendKeys: desk({ keys: "1" }),
  transfer: desk({ target }),
  consult: desk({ target }),
  endConsult: desk({ as: "return" }),
  dropParty: desk({ legId: "any" }),
  pauseRecording: desk({ paused: true }),
  disposition: desk({ dispositionId: "sold" }),
  note: desk({ text: "taken" }),
  linkCustomer: desk({ customerId: null }),
  finishWrapUp: desk(),
  colleagues: of("operator"),
  echoTest: of("operator", "none", person),
  testCall: of("operator", "none", person),
  outgoing: of("reader"),
  tryNumber: of("reader"),
  trash: of("manager"),
  restoreRecording: of("manager", "recording", { body: {} }),
  floor: of("seer"),
  floorState: of("seer", "user", { body: { to: "break" } }),
  system: of("builder"),
  authority: of("public"),
  doctor: of("builder"),
  notices: of("user"),
  confirmClock: of("builder"),
  refusals: of("builder"),
  audit: of("manager"),
  tokens: of("manager"),
  createToken: of("manager", "none", person),
  revokeToken: of("manager", "token"),
};

const accessOf: Readonly<Record<Who, Access>> = {
  public: "public",
  user: "user",
  operator: ["operator", "supervisor", "manager"],
  reader: ["supervisor", "manager", "technician"],
  seer: ["supervisor", "manager"],
  builder: ["manager", "technician"],
  manager: ["manager"],
};
const roles: readonly Role[] = ["operator", "supervisor", "manager", "technician"];
const all = Object.entries(routes) as [RouteName, Route][];

let test: TestApp;
let manager: string;
const cookies = new Map<Role, string>();
const tokens = new Map<Role, string>();
/** Things of the main client of the first centre, and of another centre. */
const own = new Map<Thing, string>();
const foreign = new Map<Thing, string>();
let otherClient: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  for (const role of roles) {
    cookies.set(role, (await test.addPerson(`only-${role}`, [role])).cookie);
    const made = await test.send("POST", "/api/tokens", manager, { name: role, roles: [role] });
    tokens.set(role, made.json().token);
  }
  const put = (kind: string, id: string, value: object) =>
    test.send("PUT", `/api/config/${kind}/${id}`, manager, value);
  otherClient = (await test.addPerson("other-client", ["operator"])).cookie;
  await put("client", "second", { name: "Second" });
  await put("queue", "second", { name: "Second", clientId: "second", operators: [{ userId: "user-other-client" }] });
  await makeThings();
  await makeOtherCentre();
});
afterAll(() => test.stop());

async function makeThings(): Promise<void> {
  await callArrives(test, "contact-own");
  const { id } = test.centre();
  own.set("contact", "contact-own").set("liveContact", "contact-own");
  const card = { name: "Own", phones: ["+359888999999"], clientId: "main" };
  own.set("customer", (await test.send("POST", "/api/customers", manager, card)).json().id);
  await test.centre().core.submit({
    kind: "callArrived",
    contactId: "contact-left",
    legId: "leg-left",
    trunkId: "t1",
    numberId: "n1",
    ...noNumbers,
  });
  own.set(
    "recording",
    (await test.store.recordings.ofContact(centreScope(id), "contact-own"))[0]?.id ?? "recording-own",
  );
}

/** A second centre of the same installation, with one of each. */
async function makeOtherCentre(): Promise<void> {
  const { store } = test;
  const made = await store.centres.create("other", test.centre().config.current.centre);
  if (!made.ok) throw new Error(made.message);
  const { id } = made.value;
  const user = { id: "b-user", login: "b", name: "B", roles: ["manager" as const], language: null, extension: null };
  await store.entities.apply(id, [
    { put: "user", value: { ...user, active: true, skills: [] } },
    { put: "skill", value: { id: "b-queue", name: "B" } },
    { put: "prompt", value: { id: "b-prompt", name: "B", language: "en", sha256: null, durationMs: null, text: "" } },
    { put: "device", value: { id: "b-device", userId: "b-user", name: "B", username: "bdevice", password: null } },
  ]);
  await test.app.startCentre(id);
  const customer = { clientId: null, name: "B", company: "", language: null, handles: [], fields: {} };
  const token = await store.tokens.create(id, { name: "b", roles: ["manager"], createdBy: null, ttlMs: null });
  foreign.set("user", "b-user").set("queue", "b-queue").set("prompt", "b-prompt").set("device", "b-device");
  foreign.set("customer", (await store.customers.create(centreScope(id), customer)).id).set("token", token.row.id);
  for (const thing of ["contact", "liveContact", "recording", "offer", "import", "invitation"] as const)
    foreign.set(thing, `b-${thing}`);
}

function pathOf(route: Route, thing: string): string {
  return route.path
    .replace(":kind", "skill")
    .replaceAll(/:(id|token)/g, thing)
    .replace(/\/rows$/, "/rows?verdict=new")
    .replace(":language", "en")
    .replace(":name", "nothing-like-it");
}
const bearer = (role: Role) => ({ authorization: `Bearer ${tokens.get(role)}` });
const nonsense = (route: Route) =>
  route.method === "GET" || route.method === "DELETE" ? undefined : { nonsense: true };

/** What the router knows, as "GET /api/centre", out of the tree that it prints. */
function routed(): string[] {
  const path: string[] = [];
  const found: string[] = [];
  for (const line of test.servers.http.printRoutes({ commonPrefix: false }).split("\n")) {
    const [, before = "", part = "", methods = ""] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? [];
    path.splice(before.length / 4, Number.POSITIVE_INFINITY, part);
    for (const method of methods.split(", ").filter(Boolean)) found.push(`${method} ${path.join("")}`);
  }
  return found;
}

describe("every route", () => {
  it("of the server stands in the contract, but for health, figures, the description and the app itself", () => {
    const known = new Set<string>(all.map(([, { method, path }]) => `${method} ${path}`));
    const found = routed();
    expect([...known].filter((route) => !found.includes(route))).toEqual([]);
    const others = found.filter((route) => !known.has(route) && !known.has(route.replace("HEAD ", "GET ")));
    expect(others.filter((route) => !/^(?:GET|HEAD) /.test(route))).toEqual([]);
    const ours = others.filter(
      (route) => / \/(?:api|metrics|healthz|readyz)/.test(route) && !route.includes("/api/docs"),
    );
    expect(ours.filter((route) => !route.startsWith("HEAD ")).sort()).toEqual([
      "GET /api/openapi.json",
      "GET /healthz",
      "GET /metrics",
      "GET /readyz",
    ]);
  });

  it("that writes a table out asks for nobody who only looks", async () => {
    for (const path of ["/api/export/contacts", "/api/export/missed", "/api/export/customers", "/api/centre-file"])
      expect(routed()).not.toContain(`HEAD ${path}`);
  });

  it.each(all)("%s has the access that this table says", (name, route) => {
    expect(route.access).toEqual(accessOf[table[name].who]);
  });

  it.each(all)("%s admits nobody without a session, unless it is public", async (name, route) => {
    if (table[name].who === "public") return;
    const answer = await test.send(route.method, pathOf(route, "nothing"), null, nonsense(route));
    expect([answer.statusCode, answer.json().code]).toEqual([401, "NOT_SIGNED_IN"]);
  });

  it.each(all)("%s admits each role as declared, as a person and as a machine", async (name, route) => {
    const { who, personOnly } = table[name];
    // Ending a session or a centre's file are tried elsewhere.
    if (who === "public" || name === "signOut") return;
    for (const role of roles) {
      const may = permits(accessOf[who], [role]);
      const path = pathOf(route, "nothing");
      const answer = await test.send(route.method, path, cookies.get(role) ?? null, nonsense(route));
      const refused = answer.statusCode === 403;
      const managersOnly =
        answer.headers["content-type"]?.includes("json") && answer.json().said?.code === "MANAGER_ONLY";
      expect([role, refused && !managersOnly]).toEqual([role, !may]);
      const machine = await test.send(route.method, path, null, nonsense(route), bearer(role));
      if (!may) expect([role, machine.statusCode]).toEqual([role, 403]);
      else if (personOnly === true) expect([role, [400, 403, 404].includes(machine.statusCode)]).toEqual([role, true]);
      else expect([role, [401, 403].includes(machine.statusCode)]).toEqual([role, false]);
    }
  });

  it.each(all)("%s gives and changes nothing of another centre by its id", async (name, route) => {
    const { thing, body } = table[name];
    if (thing === "none") return;
    const id = foreign.get(thing) ?? "";
    const answer = await test.send(route.method, pathOf(route, id), manager, body);
    expect([name, answer.statusCode]).toEqual([name, expect.any(Number)]);
    expect([name, [404, 409, 410, 415].includes(answer.statusCode)]).toEqual([name, true]);
  });

  it.each(all)("%s gives and changes nothing of another client by its id", async (name, route) => {
    const { thing, body, who } = table[name];
    const id = own.get(thing);
    if (id === undefined || who === "builder" || who === "manager") return;
    const answer = await test.send(route.method, pathOf(route, id), otherClient, body);
    expect([name, answer.statusCode, [404, 409].includes(answer.statusCode)]).toEqual([name, answer.statusCode, true]);
  });
});
