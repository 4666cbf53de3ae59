import { isEmergency } from "@centrala/domain";
import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { Clock, ErrorNote, Kbd, SectionTitle, SoundBar } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { useDesk } from "./DeskContext.tsx";
import css from "./desk.module.css";
import { FoundList, useFoundList } from "./FoundList.tsx";
import { useHeadset } from "./headset.ts";
import { keyName, useKeyMap } from "./keys.ts";
import { MissedCallers } from "./MissedCallers.tsx";
import { RecentCalls } from "./RecentCalls.tsx";
import { type Found, useTargets } from "./targets.ts";
import { startForDuty } from "./useHeadsetDuty.ts";

/** Whom to call, what waits, and what was promised. */
export function LeftColumn() {
  return (
    <>
      <DialField />
      <div className={css["leftLists"]}>
        <MyQueues />
        <MissedCallers />
        <RecentCalls />
      </div>
      {/* Below the lists, so that no row moves under the pointer when a message is played. */}
      <SoundBar />
    </>
  );
}

const clientKey = "centrala.dialClient";

/** One field to call a number or a colleague and to find a customer's card. */
function DialField() {
  const { t } = useTranslation();
  const keys = useKeyMap();
  const { view, openCustomer, show } = useDesk();
  const headset = useHeadset();
  const { country } = useSession().centre;
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const [text, setText] = useState("");
  const client = useDialClient();
  const dial = async (found: Found) => {
    if (found.kind === "customer") {
      openCustomer(found.customerId);
      show("customer");
      return setText("");
    }
    // An emergency call waits for nobody to go on duty first.
    const emergency = found.kind === "number" && isEmergency(found.title, country);
    if (emergency && view.device === "headset" && headset.kind !== "ready") await startForDuty();
    if (!(await commands.dial(found.target, { clientId: client.chosen }))) return;
    setText("");
  };
  return (
    <div className={css["dial"]}>
      <SearchField
        text={text}
        setText={setText}
        busy={pending("dial")}
        onPick={(found) => void dial(found)}
        keyLabel={keyName(keys.dial)}
      />
      {client.clients.length > 1 ? (
        <NativeSelect
          size="xs"
          label={t("desk:dial.client")}
          value={client.chosen ?? ""}
          onChange={(event) => client.choose(event.currentTarget.value)}
          data={client.clients.map((each) => ({ value: each.id, label: each.name }))}
        />
      ) : null}
    </div>
  );
}

type SearchFieldProps = {
  text: string;
  setText: (text: string) => void;
  busy: boolean;
  onPick: (found: Found) => void;
  keyLabel: string;
};

function SearchField({ text, setText, busy, onPick, keyLabel }: SearchFieldProps) {
  const { t } = useTranslation();
  const [focused, setFocused] = useState(false);
  const open = focused && text.trim() !== "";
  const { found, loading, error } = useTargets(open ? text : "", { queues: false, customers: true, shown: open });
  const shown = open ? found : [];
  const list = useFoundList(shown, onPick);
  return (
    <div className={css["searchField"]}>
      <TextInput
        id="desk-dial"
        type="search"
        inputMode="search"
        autoComplete="off"
        aria-label={t("desk:dial.label")}
        placeholder={t("desk:dial.placeholder")}
        aria-keyshortcuts={keyLabel}
        value={text}
        disabled={busy}
        rightSection={text === "" ? <Kbd keys={keyLabel} /> : null}
        rightSectionWidth={52}
        onChange={(event) => {
          setText(event.currentTarget.value);
          list.reset();
        }}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        {...list.inputProps}
      />
      {open ? (
        <div className={css["dropdown"]}>
          {error ? <ErrorNote error={error} /> : null}
          <FoundList
            listId={list.listId}
            label={t("desk:dial.found")}
            found={shown}
            active={list.active}
            onPick={onPick}
          />
          {shown.length === 0 && !error ? (
            <p className={css["hint"]}>{t(loading ? "common:loading" : "desk:dial.nothing")}</p>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** In whose name outgoing calls are made, where there is a choice; remembered on this computer. */
function useDialClient() {
  const clients = useEntities("client").data ?? [];
  const [stored, setStored] = useState(() => localStorage.getItem(clientKey));
  const known = clients.some((client) => client.id === stored);
  return {
    clients,
    chosen: known ? stored : (clients[0]?.id ?? null),
    choose: (id: string) => {
      localStorage.setItem(clientKey, id);
      setStored(id);
    },
  };
}

function MyQueues() {
  const { t } = useTranslation();
  const { view } = useDesk();
  return (
    <section>
      <SectionTitle end={view.queues.reduce((sum, queue) => sum + queue.waiting, 0)}>
        {t("desk:queues.title")}
      </SectionTitle>
      {view.queues.length === 0 ? <p className={css["hint"]}>{t("desk:queues.none")}</p> : null}
      <ul className={css["queues"]}>
        {view.queues.map((queue) => (
          <li key={queue.id} data-waiting={queue.waiting > 0 || undefined}>
            <span className="ellipsis" title={queue.name}>
              {queue.name}
            </span>
            <span className="num">{queue.waiting}</span>
            <span className="muted num">
              {queue.longestSince !== null ? <Clock since={queue.longestSince} /> : <span aria-hidden="true">–</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
