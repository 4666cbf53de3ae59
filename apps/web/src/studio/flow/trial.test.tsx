// @vitest-environment happy-dom
import type { Scenario, SessionView } from "@centrala/contract";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeQueryClient } from "../../api/queries.ts";
import { SessionContext } from "../../api/session.tsx";
import { startI18n } from "../../i18n/index.ts";
import { TrialPanel } from "./TrialPanel.tsx";
import { useTrial } from "./useTrial.ts";

const session = {
  user: { id: "u1", login: "m", name: "Manager", roles: ["manager"], language: "en" },
  centre: { id: "c", language: "en", timeZone: "Europe/Sofia", recordCalls: true, recordingNotice: true },
  guide: null,
  serverTime: 0,
} as unknown as SessionView;

const flow: Scenario = {
  id: "main",
  name: "Main",
  clientId: "shop",
  language: "en",
  start: "ask",
  steps: {
    ask: {
      kind: "collect",
      label: "Order number",
      prompts: [{ kind: "sound", name: "enter-number" }],
      into: "order",
      keysMin: 2,
      keysMax: 4,
      terminator: "#",
      timeoutMs: 6_000,
      attempts: 2,
      sensitive: false,
      next: "queue",
      otherwise: null,
    },
    queue: { kind: "queue", label: "Orders", queueId: "orders", priority: 50, otherwise: null },
  },
};

const chosen: string[] = [];
function Stage() {
  return <TrialPanel flow={flow} handle={useTrial(flow)} onChoose={(stepId) => chosen.push(stepId)} />;
}

beforeEach(async () => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ items: [], music: [], version: 1 })));
  await startI18n();
  await act(async () => {
    render(
      <MantineProvider>
        <QueryClientProvider client={makeQueryClient()}>
          <SessionContext value={session}>
            <Stage />
          </SessionContext>
        </QueryClientProvider>
      </MantineProvider>,
    );
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const panel = () => screen.getByRole("region", { name: "Try the call flow" });
const place = () => panel().querySelector("[role=status]")?.textContent;
function type(...keys: string[]): void {
  for (const key of keys) act(() => void fireEvent.keyDown(panel(), { key }));
}

describe("trying a call flow", () => {
  it("is gone through by the keyboard alone, to the queue and beyond it", () => {
    expect(place()).toBe("Ask for digits: Order numberenter-number");
    type("1", "#");
    expect([place(), screen.getByText(/^Attempt/).textContent]).toEqual([
      "Ask for digits: Order numbermenu-invalid enter-number",
      "Attempt 2 of 2, at most 4 digits, # ends",
    ]);
    type("7", "7", "1", "2");
    // The centre's notice comes before the queue.
    expect(place()).toBe("Queue: Ordersrecording-notice");
    type("Enter");
    expect(screen.getByText("The caller waits in the queue “orders” for an operator.")).toBeTruthy();
    act(() => void fireEvent.click(screen.getByText("Nobody answers, go on")));
    expect(place()).toBe("The call ends: The call flow ended");
    type("Backspace");
    expect(place()).toBe("Queue: Orders");
  });

  it("takes digits in a field for text, and leads from the way to the step", () => {
    act(() => void fireEvent.keyDown(screen.getByLabelText("Caller's number"), { key: "7" }));
    expect(screen.queryByText("Presses no more")).toBe(null);
    type("7", "7", "#");
    act(() => void fireEvent.click(screen.getByRole("button", { name: "Ask for digits: Order number" })));
    expect(chosen).toEqual(["ask"]);
  });
});
