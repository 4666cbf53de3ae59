// @vitest-environment happy-dom
import type { SessionView } from "@centrala/contract";
import { MantineProvider } from "@mantine/core";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeQueryClient } from "../api/queries.ts";
import { SessionContext } from "../api/session.tsx";
import { startI18n } from "../i18n/index.ts";
import { ServerNotices } from "./ServerNotices.tsx";

const session = {
  user: { id: "u1", login: "m", name: "Manager", roles: ["manager"], language: "en" },
  centre: { id: "c", language: "en", timeZone: "Europe/Sofia" },
  guide: null,
  serverTime: 0,
} as unknown as SessionView;

let answer: { status: number; body: object };
let queries: QueryClient;

beforeEach(async () => {
  answer = { status: 200, body: { items: [{ code: "DISK_FULL", freeBytes: 0 }] } };
  vi.stubGlobal("fetch", async () => Response.json(answer.body, { status: answer.status }));
  await startI18n();
  queries = makeQueryClient();
  await act(async () => {
    render(
      <MantineProvider>
        <QueryClientProvider client={queries}>
          <SessionContext value={session}>
            <ServerNotices />
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

it("says that the database is away when it cannot even be asked who asks, and keeps what was known", async () => {
  await screen.findByText(/disk is full/);
  expect(screen.queryByText(/database does not answer/)).toBeNull();
  answer = { status: 503, body: { code: "DATABASE_AWAY", message: "", requestId: "1" } };
  await act(() => queries.refetchQueries());
  await screen.findByText(/database does not answer/);
  await screen.findByText(/disk is full/);
  answer = { status: 200, body: { items: [] } };
  await act(() => queries.refetchQueries());
  await vi.waitFor(() => expect(screen.queryByText(/database does not answer|disk is full/)).toBeNull());
});
