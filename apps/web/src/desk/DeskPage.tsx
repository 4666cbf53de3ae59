import type { DeskView } from "@centrala/contract";
import { SegmentedControl } from "@mantine/core";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities, useRoute } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { useLive } from "../live/store.ts";
import { ErrorNote, Forbidden, RowSkeletons } from "../ui/index.ts";
import { CallBar } from "./CallBar.tsx";
import { ContactWork } from "./ContactWork.tsx";
import { CustomerPanel } from "./CustomerPanel.tsx";
import { CommandsContext, useCommandRunner, useDeskCommands } from "./commands.ts";
import { type Desk, DeskContext, type DeskDialog, type DeskPanel, type DeskPlace, useDesk } from "./DeskContext.tsx";
import { Dialogs } from "./Dialogs.tsx";
import css from "./desk.module.css";
import { Footer } from "./Footer.tsx";
import { microphonePermission, useHeadset } from "./headset.ts";
import { LeftColumn } from "./LeftColumn.tsx";
import { notesOf } from "./notesOf.ts";
import { useDeskShortcuts } from "./useDeskShortcuts.ts";
import { startForDuty } from "./useHeadsetDuty.ts";

/** The operator's workplace. */
export function Page() {
  const session = useSession();
  const live = useLive((each) => each.desk);
  const status = useLive((each) => each.status);
  const allowed = may(session, "operator", "supervisor");
  // The live connection brings the view; asking once more says why when it does not.
  const asked = useRoute("desk", {}, { enabled: allowed && live === null && status !== "connecting" });
  const commands = useCommandRunner();
  const view = live ?? asked.data ?? null;
  if (!allowed) return <Forbidden />;
  if (!view && asked.error) {
    return (
      <div style={{ padding: 24 }}>
        <ErrorNote error={asked.error} onRetry={() => void asked.refetch()} />
      </div>
    );
  }
  if (!view) return <RowSkeletons rows={8} />;
  return (
    <CommandsContext value={commands}>
      <DeskRoom view={view} userId={session.user.id} />
    </CommandsContext>
  );
}

function DeskRoom({ view, userId }: { view: DeskView; userId: string }) {
  const { t } = useTranslation();
  const notes = notesOf(userId);
  const [dialog, setDialog] = useState<DeskDialog>("none");
  const desk = useDeskValue(view, setDialog);
  return (
    <DeskContext value={desk}>
      <Shortcuts />
      <div className={css["desk"]} data-place={desk.place}>
        <h1 className="visually-hidden">{t("common:place.desk")}</h1>
        <CallBar />
        <PlaceSwitch />
        <aside className={css["left"]} aria-label={t("desk:place.calls")}>
          <LeftColumn />
        </aside>
        <div className={css["work"]}>
          <ContactWork notes={notes} />
        </div>
        <aside className={css["right"]} aria-label={t("desk:place.customer")}>
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
  const [panel, setPanel] = useState<DeskPanel>("none");
  const [place, show] = useState<DeskPlace>("work");
  const openPanel = useCallback((next: DeskPanel) => {
    setPanel(next);
    // On a telephone the panel stands in the middle part of the desk.
    if (next !== "none") show("work");
  }, []);
  const [opened, setOpened] = useState<string | null>(null);
  const openCustomer = useCallback((customerId: string | null) => setOpened(customerId), []);
  const goAvailable = useCallback(async () => {
    if (view.device === "headset" && headset.kind !== "ready") {
      // The reason is explained before the browser asks.
      if ((await microphonePermission()) !== "granted") return openDialog("duty");
      if (!(await startForDuty())) return openDialog("duty");
    }
    await commands.state("available");
  }, [view.device, headset.kind, commands, openDialog]);
  const reasons = useEntities("breakReason").data?.length ?? 0;
  const goOnBreak = useCallback(() => {
    if (reasons > 0) openDialog("break");
    else void commands.state("break");
  }, [reasons, openDialog, commands]);
  const talking = view.contact?.phase === "talking";
  const talkingWith = talking ? view.contact?.id : null;
  // A panel belongs to the call in which it was opened.
  useEffect(() => setPanel("none"), [talkingWith]);
  const shownPanel = talking && !view.contact?.consult ? panel : "none";
  return useMemo(
    () => ({
      view,
      panel: shownPanel,
      openPanel,
      place,
      show,
      opened,
      openCustomer,
      goAvailable,
      goOnBreak,
      openDialog,
    }),
    [view, shownPanel, openPanel, place, opened, openCustomer, goAvailable, goOnBreak, openDialog],
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
