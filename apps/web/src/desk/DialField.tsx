import { isEmergency } from "@centrala/domain";
import { NativeSelect, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session.tsx";
import { ErrorNote, Kbd } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { sceneOf, useDesk } from "./DeskContext.tsx";
import css from "./desk.module.css";
import { FoundList, OpenCard, useFoundList } from "./FoundList.tsx";
import { useHeadset } from "./headset.ts";
import { keyName, useKeyMap } from "./keys.ts";
import { type DeskTarget, type Found, targetOf, useTargets } from "./targets.ts";
import { useDialClient } from "./useDialClient.ts";
import { startForDuty } from "./useHeadsetDuty.ts";

/** One field to call a number, a colleague or a customer, and to find a customer's card. */
export function DialField() {
  const { t } = useTranslation();
  const keys = useKeyMap();
  const { view, openCustomer, show } = useDesk();
  const headset = useHeadset();
  const { country } = useSession().centre;
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const [text, setText] = useState("");
  const client = useDialClient(view.contact);
  const scene = sceneOf(view).kind;
  const inCall = scene !== "idle" && scene !== "wrap-up";
  /** What waits for the choice in whose name it is called. */
  const [waiting, setWaiting] = useState<Found | null>(null);
  const choice = useRef<HTMLSelectElement>(null);

  const ofCard = (found: Found): string | null =>
    found.kind === "customer" && client.clients.some(({ id }) => id === found.clientId) ? found.clientId : null;
  const open = (customerId: string) => {
    openCustomer(customerId);
    show("customer");
    setText("");
  };
  const dial = async (found: Found, clientId: string | null) => {
    // In a call one can't call somebody else; a card may be wanted all the more.
    const target = inCall && found.kind === "customer" ? null : targetOf(found);
    if (target === null) return found.kind === "customer" ? open(found.customerId) : undefined;
    if (clientId === null && client.clients.length > 1 && goesOutside(target, country)) {
      setWaiting(found);
      choice.current?.focus();
      return;
    }
    setWaiting(null);
    // Whoever calls wants to be heard: a headset that is off is connected first, for an emergency off duty as well.
    if (view.device === "headset" && headset.kind !== "ready") await startForDuty();
    const customerId = found.kind === "customer" ? found.customerId : null;
    if (await commands.dial(target, { clientId, customerId })) setText("");
  };
  return (
    <div className={css["dial"]}>
      <SearchField
        text={text}
        setText={(typed) => {
          setText(typed);
          setWaiting(null);
        }}
        busy={pending("dial")}
        onPick={(found) => void dial(found, ofCard(found) ?? client.chosen)}
        onOpen={open}
        keyLabel={keyName(keys.dial)}
      />
      {client.clients.length > 1 ? (
        <div className={css["dialClient"]}>
          <i aria-hidden="true" style={{ background: client.colour ?? "transparent" }} />
          <NativeSelect
            ref={choice}
            label={t("desk:dial.client")}
            error={waiting === null ? undefined : t("desk:dial.clientAsk")}
            value={client.chosen ?? ""}
            onChange={(event) => {
              const clientId = event.currentTarget.value;
              client.choose(clientId);
              if (waiting !== null) void dial(waiting, clientId);
            }}
            data={[
              ...(client.chosen === null ? [{ value: "", label: t("desk:dial.clientNone"), disabled: true }] : []),
              ...client.clients.map((each) => ({ value: each.id, label: each.name })),
            ]}
          />
        </div>
      ) : null}
    </div>
  );
}

/** Colleagues are called in nobody's name, and emergency numbers without a question. */
function goesOutside(target: DeskTarget, country: string): boolean {
  return target.kind === "number" && !isEmergency(target.number, country);
}

type SearchFieldProps = {
  text: string;
  setText: (text: string) => void;
  busy: boolean;
  onPick: (found: Found) => void;
  onOpen: (customerId: string) => void;
  keyLabel: string;
};

function SearchField({ text, setText, busy, onPick, onOpen, keyLabel }: SearchFieldProps) {
  const { t } = useTranslation();
  const [focused, setFocused] = useState(false);
  const open = focused && text.trim() !== "";
  const { found, loading, error } = useTargets(open ? text : "", { queues: false, customers: true, shown: open });
  const shown = open ? found : [];
  const list = useFoundList(shown, { loading: open && loading, onPick, onOpen });
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
            onPick={list.pick}
            extra={(each) =>
              each.kind === "customer" && each.phones.length > 0 ? (
                <OpenCard name={each.title} onOpen={() => onOpen(each.customerId)} />
              ) : null
            }
          />
          {shown.length === 0 && !error ? (
            <p className={css["hint"]}>{t(loading ? "common:loading" : "desk:dial.nothing")}</p>
          ) : null}
          {shown.some((each) => each.kind === "customer") ? <p className={css["hint"]}>{t("desk:dial.keys")}</p> : null}
        </div>
      ) : null}
    </div>
  );
}
