import type { ResponseOf } from "@centrala/contract";
import { Button, Menu, Modal, Select } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call, urlOf } from "../api/call.ts";
import { may, useSession } from "../api/session.tsx";
import type { BulkPart } from "../ui/bulk.ts";
import { BulkBar, ConfirmNamed, type Selection, useBulk, useErrorText } from "../ui/index.ts";
import type { CardClient } from "./clients.ts";
import css from "./customers.module.css";
import { saveFile } from "./saveFile.ts";

type Customer = ResponseOf<"customer">;
type Step = ResponseOf<"bulkCustomers">;
type Props = {
  selection: Selection;
  rows: readonly Customer[];
  /** How many are found; null: more than are counted. */
  found: number | null;
  query: { readonly search?: string; readonly clientId?: string };
  clients: readonly CardClient[];
};

/** What can be done with many customers at once. */
export function CustomersBulk({ selection, rows, found, query, clients }: Props) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const session = useSession();
  const text = useErrorText();
  const [asked, setAsked] = useState<"client" | "erase" | null>(null);
  const { start, view } = useBulk(() => queries.invalidateQueries({ queryKey: ["customers"] }));
  const ids = selection.all ? null : selection.keys;
  const total = ids === null ? found : ids.length;
  const nameOf = (id: string) => rows.find((row) => row.id === id)?.name ?? id;
  const language = i18n.language as "en" | "ru" | "bg";

  const give = (clientId: string) => {
    setAsked(null);
    void start<Step>({
      title: t("customers:bulk.client"),
      ids,
      total,
      nameOf,
      ask: (part) => call("bulkCustomers", { body: { ...of(part, query), action: { do: "client", clientId } } }),
      undo: giveBack,
    });
    selection.clear();
  };
  const erase = async () => {
    void start<Step>({
      title: t("customers:bulk.erase"),
      ids,
      total,
      nameOf,
      ask: (part) => call("bulkCustomers", { body: { ...of(part, query), action: { do: "erase" } } }),
    });
    selection.clear();
  };
  const exportAs = async (format: "csv" | "xlsx") => {
    if (ids === null) {
      location.assign(urlOf("exportCustomers", { query: { ...query, format, language } }));
      return;
    }
    await saveFile(
      "exportChosenCustomers",
      { ids: [...ids].slice(0, exportMax), format, language },
      `customers.${format}`,
    ).catch((error: unknown) => notifications.show({ message: text(error), color: "trouble" }));
  };
  const supervisor = may(session, "supervisor");
  return (
    <>
      <BulkBar label={t("customers:title")} selection={selection} found={found}>
        {clients.length > 1 ? (
          <Menu.Item onClick={() => setAsked("client")}>{t("customers:bulk.client")} …</Menu.Item>
        ) : null}
        {supervisor ? (
          <>
            <Menu.Item onClick={() => void exportAs("xlsx")}>{t("customers:bulk.xlsx")}</Menu.Item>
            <Menu.Item onClick={() => void exportAs("csv")}>{t("customers:bulk.csv")}</Menu.Item>
          </>
        ) : null}
        {may(session) ? (
          <>
            <Menu.Divider />
            <Menu.Item color="trouble" onClick={() => setAsked("erase")}>
              {t("customers:bulk.erase")} …
            </Menu.Item>
          </>
        ) : null}
      </BulkBar>
      <ConfirmNamed
        opened={asked === "erase"}
        title={total === null ? t("customers:bulk.eraseAll") : t("customers:bulk.eraseTitle", { count: total })}
        text={t("customers:bulk.eraseText")}
        confirmLabel={t("customers:bulk.erase")}
        onConfirm={erase}
        onClose={() => setAsked(null)}
      />
      {asked === "client" ? <ClientChoice clients={clients} onChoose={give} onClose={() => setAsked(null)} /> : null}
      {view}
    </>
  );
}

const exportMax = 1_000;

function of(part: BulkPart, query: Props["query"]) {
  return "ids" in part ? part : { ...query, ...part };
}

/** Each back to whose it was. */
async function giveBack(steps: readonly Step[]): Promise<void> {
  for (const { before } of steps) {
    for (const clientId of new Set(before.map((card) => card.clientId))) {
      const ids = before.filter((card) => card.clientId === clientId).map(({ id }) => id);
      await call("bulkCustomers", { body: { ids, action: { do: "client", clientId } } });
    }
  }
}

type ChoiceProps = { clients: readonly CardClient[]; onChoose: (clientId: string) => void; onClose: () => void };
function ClientChoice({ clients, onChoose, onClose }: ChoiceProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("customers:bulk.client")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <form
        className={css["choice"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen !== null) onChoose(chosen);
        }}
      >
        <Select
          label={t("customers:client.label")}
          data={clients.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setChosen}
          searchable={clients.length > 8}
        />
        <div className={css["choiceFoot"]}>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" disabled={chosen === null}>
            {t("customers:bulk.apply")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
