// @vitest-environment happy-dom
import type { DeskView, LiveContact, SessionView } from "@centrala/contract";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeQueryClient } from "../api/queries.ts";
import { SessionContext } from "../api/session.tsx";
import { startI18n } from "../i18n/index.ts";
import { receive } from "../live/store.ts";
import { Page } from "./DeskPage.tsx";

const session: SessionView = {
  user: { id: "u1", login: "o", name: "Operator", roles: ["operator"], language: "en" },
  centre: {
    id: "c",
    name: "Centre",
    kind: "in-house",
    country: "BG",
    timeZone: "Europe/Sofia",
    language: "bg",
    recordingNotice: true,
    recordCalls: true,
    recordingRetentionDays: 90,
  },
  guide: null,
  serverTime: 0,
};
const contact: LiveContact = {
  id: "x1",
  direction: "inbound",
  phase: "talking",
  client: { id: "c1", name: "Green house", colour: "#1f6b3a", greeting: "Good day" },
  queue: { id: "q", name: "Orders" },
  number: { id: "n", number: "070011122", label: "Orders line" },
  party: { addressId: "a", raw: "0887", display: "+359 88 7", e164: null, name: null },
  customer: null,
  startedAt: 0,
  waitedMs: 0,
  talkingSince: 0,
  path: [],
  held: false,
  heldSince: null,
  muted: false,
  recording: "on",
  consult: null,
  conference: false,
  participants: [],
  dispositionId: null,
  note: "",
  dispositions: [
    { id: "d1", name: "Sold" },
    { id: "d2", name: "Not sold" },
  ],
  wrapUpUntil: null,
  endCode: null,
};
const idle: DeskView = {
  operatorId: "u1",
  state: "available",
  since: 0,
  breakReasonId: null,
  stateCause: "self",
  afterCall: null,
  device: "phone",
  headset: "none",
  phones: [],
  offer: null,
  contact: null,
  queues: [],
  today: { contacts: 0, talkMs: 0 },
  missedOpen: 0,
};

let calls: string[] = [];
let answerLater: (() => void) | null = null;

beforeEach(async () => {
  calls = [];
  answerLater = null;
  localStorage.clear();
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const line = `${init.method} ${url}${init.body ? ` ${String(init.body)}` : ""}`;
    calls.push(line);
    if (answerLater === null && url.includes("/accept")) await new Promise<void>((resolve) => (answerLater = resolve));
    return new Response(JSON.stringify({ ok: true, items: [], operators: [], queues: [], next: null }));
  });
  await startI18n();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function open(view: DeskView): Promise<void> {
  const root = createRootRoute();
  const desk = createRoute({ getParentRoute: () => root, path: "/desk", component: Page });
  const router = createRouter({
    routeTree: root.addChildren([desk]),
    history: createMemoryHistory({ initialEntries: ["/desk"] }),
  });
  receive({ kind: "desk", view });
  await router.load();
  await act(async () => {
    render(
      <MantineProvider>
        <QueryClientProvider client={makeQueryClient()}>
          <SessionContext value={session}>
            <RouterProvider router={router as never} />
          </SessionContext>
        </QueryClientProvider>
      </MantineProvider>,
    );
  });
}

async function press(code: string): Promise<void> {
  await act(async () => {
    window.dispatchEvent(new KeyboardEvent("keydown", { code, altKey: true, bubbles: true }));
  });
}
const commands = () => calls.filter((line) => !line.startsWith("GET"));

describe("the desk", () => {
  it("answers an offer by Alt+A, once, however often it is pressed", async () => {
    await open({
      ...idle,
      state: "offered",
      offer: { offerId: "o1", until: 10, purpose: "queue", from: null, contact: { ...contact, phase: "ringing" } },
    });
    await press("KeyA");
    await press("KeyA");
    expect(commands()).toEqual(["POST /api/desk/offers/o1/accept"]);
  });

  it("leaves keys without a meaning at the moment alone", async () => {
    await open(idle);
    await press("KeyE");
    await press("KeyH");
    await press("Digit1");
    expect(commands()).toEqual([]);
  });

  it("holds, mutes, chooses a result and ends by keys while talking", async () => {
    await open({ ...idle, state: "talking", contact });
    await press("KeyH");
    await press("KeyM");
    await press("Digit2");
    await press("KeyE");
    expect(commands()).toEqual([
      'POST /api/desk/contacts/x1/hold {"on":true}',
      'POST /api/desk/contacts/x1/mute {"on":true}',
      'POST /api/desk/contacts/x1/result {"dispositionId":"d2"}',
      "POST /api/desk/contacts/x1/end",
    ]);
  });

  it("hands over, goes back and joins during a consultation", async () => {
    const consulting = {
      ...contact,
      held: true,
      heldSince: 0,
      consult: { with: "Anna", state: "talking" as const, asked: false },
    };
    await open({ ...idle, state: "talking", contact: consulting });
    await press("KeyT");
    await press("KeyC");
    await press("KeyJ");
    expect(commands().map((line) => line.split(" ").at(-1))).toEqual([
      '{"as":"transfer"}',
      '{"as":"return"}',
      '{"as":"conference"}',
    ]);
  });

  it("lets whoever is asked first only hang up", async () => {
    const consult = { with: "Anna", state: "talking" as const, asked: true };
    await open({ ...idle, state: "talking", contact: { ...contact, held: true, heldSince: 0, consult } });
    for (const code of ["KeyT", "KeyC", "KeyJ", "KeyM", "KeyE"]) await press(code);
    expect(commands()).toEqual(['POST /api/desk/contacts/x1/mute {"on":true}', "POST /api/desk/contacts/x1/end"]);
  });

  it("opens no transfer in a conference, and a panel never outlives its call", async () => {
    await open({ ...idle, state: "talking", contact: { ...contact, conference: true } });
    await press("KeyT");
    expect(screen.queryByRole("combobox", { name: "Colleague, queue or number" })).toBe(null);
    const show = (view: DeskView) => act(async () => receive({ kind: "desk", view }));
    await show({ ...idle, state: "talking", contact });
    await press("KeyT");
    expect(screen.queryByRole("combobox", { name: "Colleague, queue or number" })).not.toBe(null);
    await show({ ...idle, state: "wrap-up", contact: { ...contact, phase: "wrap-up" } });
    await show({ ...idle, state: "talking", contact: { ...contact, id: "x2" } });
    expect(screen.queryByRole("combobox", { name: "Colleague, queue or number" })).toBe(null);
  });

  it("says why somebody is on a break who did not choose it", async () => {
    await open({ ...idle, state: "break", stateCause: "missed" });
    expect(screen.getAllByText(/Calls rang here without an answer/)).toHaveLength(1);
  });

  it("finishes the wrap-up by Alt+W", async () => {
    await open({ ...idle, state: "wrap-up", contact: { ...contact, phase: "wrap-up", wrapUpUntil: 5 } });
    await press("KeyW");
    expect(commands()).toEqual(["POST /api/desk/contacts/x1/finish"]);
  });

  it("shows in whose name to answer while it rings, and keeps what is typed in the note when another view comes", async () => {
    await open({ ...idle, state: "talking", contact });
    const note = screen.getByLabelText<HTMLTextAreaElement>("Note");
    await act(async () => {
      const { fireEvent } = await import("@testing-library/react");
      fireEvent.change(note, { target: { value: "ring before" } });
      receive({ kind: "desk", view: { ...idle, state: "talking", contact: { ...contact, held: true } } });
    });
    expect(screen.getByLabelText<HTMLTextAreaElement>("Note").value).toBe("ring before");
    expect(localStorage.getItem("centrala.notes.u1")).toBe('{"x1":"ring before"}');
    expect(screen.getAllByText("Green house").length).toBeGreaterThan(0);
  });

  it("draws levels where they are measured, and no flat line for who talks on a telephone", async () => {
    await open({ ...idle, state: "talking", contact });
    expect(screen.queryByRole("img", { name: "Customer above, you below" })).toBeNull();
    await act(async () => receive({ kind: "level", customerDbfs: -20, operatorDbfs: -40 }));
    expect(screen.getByRole("img", { name: "Customer above, you below" })).toBeTruthy();
  });
});
