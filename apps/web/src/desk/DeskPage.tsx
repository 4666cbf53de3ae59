import type { DeskView } from "@centrala/contract";
import { SegmentedControl } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api/call.ts";
import { may, useSession } from "../api/session.tsx";
import { useLive } from "../live/store.ts";
import { Forbidden, RowSkeletons } from "../ui/index.ts";
import { CallBar } from "./CallBar.tsx";
import { ContactWork } from "./ContactWork.tsx";
import { CustomerPanel } from "./CustomerPanel.tsx";
import { CommandsContext, useCommandRunner, useDeskCommands } from "./commands.ts";
import {
  type Desk,
  DeskContext,
  type DeskDialog,
  type DeskPanel,
  type DeskPlace,
  partyName,
  useDesk,
} from "./DeskContext.tsx";
import { Dialogs } from "./Dialogs.tsx";
import css from "./desk.module.css";
import { Footer } from "./Footer.tsx";
import { microphonePermission, useHeadset } from "./headset.ts";
import { LeftColumn } from "./LeftColumn.tsx";
import { Notes } from "./notes.ts";
import { useDeskShortcuts } from "./useDeskShortcuts.ts";
import { startForDuty, useHeadsetDuty, useRing } from "./useHeadsetDuty.ts";

/** The operator's workplace. */
export function Page() {
  const session = useSession();
  const view = useLive((live) => live.desk);
  const commands = useCommandRunner();
  useHeadsetDuty(view);
  if (!may(session, "operator", "supervisor")) return <Forbidden />;
  if (!view) return <RowSkeletons rows={8} />;
  return (
    <CommandsContext value={commands}>
      <DeskRoom view={view} userId={session.user.id} />
    </CommandsContext>
  );
}

function DeskRoom({ view, userId }: { view: DeskView; userId: string }) {
  const notes = useMemo(() => makeNotes(userId), [userId]);
  const [dialog, setDialog] = useState<DeskDialog>("none");
  const desk = useDeskValue(view, setDialog);
  return (
    <DeskContext value={desk}>
      <Announcer />
      <Shortcuts />
      <div className={css["desk"]} data-place={desk.place}>
        <CallBar />
        <PlaceSwitch />
        <aside className={css["left"]}>
          <LeftColumn />
        </aside>
        <div className={css["work"]}>
          <ContactWork notes={notes} />
        </div>
        <aside className={css["right"]}>
          <CustomerPanel />
        </aside>
        <Footer />
      </div>
      <Dialogs dialog={dialog} onClose={() => setDialog("none")} />
    </DeskContext>
  );
}

function Shortcuts() {
  useDeskShortcuts();
  return null;
}

function useDeskValue(view: DeskView, openDialog: (dialog: DeskDialog) => void): Desk {
  const commands = useDeskCommands();
  const headset = useHeadset();
  const [panel, openPanel] = useState<DeskPanel>("none");
  const [place, show] = useState<DeskPlace>("work");
  const [opened, setOpened] = useState<string | null>(null);
  const openCustomer = useCallback((customerId: string | null) => setOpened(customerId), []);
  const goAvailable = useCallback(async () => {
    if (view.device === "headset" && headset.kind !== "ready") {
      // The reason is explained before the browser asks.
      if ((await microphonePermission()) !== "granted") return openDialog("headset");
      if (!(await startForDuty())) return openDialog("headset");
    }
    await commands.state("available");
  }, [view.device, headset.kind, commands, openDialog]);
  const talking = view.contact?.phase === "talking";
  const shownPanel = talking && !view.contact?.consult ? panel : "none";
  return useMemo(
    () => ({ view, panel: shownPanel, openPanel, place, show, opened, openCustomer, goAvailable, openDialog }),
    [view, shownPanel, place, opened, openCustomer, goAvailable, openDialog],
  );
}

/** On a telephone one place is shown at a time; on a wide screen this is not there. */
function PlaceSwitch() {
  const { t } = useTranslation();
  const { place, show } = useDesk();
  return (
    <div className={css["places"]}>
      <SegmentedControl
        fullWidth
        aria-label={t("desk:place.title")}
        value={place}
        onChange={(value) => show(value === "customer" || value === "calls" ? value : "work")}
        data={[
          { value: "work", label: t("desk:place.work") },
          { value: "customer", label: t("desk:place.customer") },
          { value: "calls", label: t("desk:place.calls") },
        ]}
      />
    </div>
  );
}

/** Tells screen readers and the window's title that a call rings, and rings. */
function Announcer() {
  const { t } = useTranslation();
  const { view } = useDesk();
  const offer = view.offer?.contact ?? null;
  const text = offer
    ? t("desk:announce", { name: partyName(offer, t("common:hiddenNumber")), client: offer.client.name })
    : null;
  useRing(offer !== null && view.device === "headset", text);
  return (
    <div className="visually-hidden" role="status" aria-live="assertive">
      {text}
    </div>
  );
}

function makeNotes(userId: string): Notes {
  const key = `centrala.notes.${userId}`;
  return new Notes({
    shelf: {
      read: () => readDrafts(localStorage.getItem(key)),
      write: (drafts) => {
        if (Object.keys(drafts).length === 0) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(drafts));
      },
    },
    save: (contactId, text) => call("note", { params: { id: contactId }, body: { text } }),
    again: (error) => error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 401),
    later: (run, ms) => void setTimeout(run, ms),
  });
}

function readDrafts(stored: string | null): Record<string, string> {
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}
