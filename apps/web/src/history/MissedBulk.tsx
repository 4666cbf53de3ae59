import type { ResponseOf } from "@centrala/contract";
import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { bulkPart } from "../ui/bulk.ts";
import { BulkBar, type Selection, useBulk } from "../ui/index.ts";
import { reasons } from "./MissedActions.tsx";
import { usePartyName } from "./party.tsx";

type Missed = ResponseOf<"missed">["items"][number];
type Step = ResponseOf<"bulkMissed">;
type Props = {
  selection: Selection;
  rows: readonly Missed[];
  found: number | null;
  query: { readonly clientId?: string; readonly queueId?: string };
};

/** Takes many missed callers off the list, each for the same reason; all of them can be put back. */
export function MissedBulk({ selection, rows, found, query }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const partyName = usePartyName();
  const { start, view } = useBulk(() => queries.invalidateQueries({ queryKey: ["missed"] }));
  const ids = selection.all ? null : selection.keys;
  const nameOf = (id: string) => {
    const row = rows.find(({ contactId }) => contactId === id);
    return row === undefined ? id : partyName(row.party, row.customer);
  };
  const close = (reason: string) => {
    void start<Step>({
      title: t("history:missed.close"),
      ids,
      total: ids === null ? found : ids.length,
      nameOf,
      ask: (part) =>
        call("bulkMissed", {
          body: { ...("ids" in part ? part : { ...query, ...part }), action: { do: "close", reason } },
        }),
      undo: reopen,
    });
    selection.clear();
  };
  return (
    <>
      <BulkBar label={t("history:missed.title")} selection={selection} found={found} action={t("history:missed.close")}>
        {reasons.map((reason) => (
          <Menu.Item key={reason} onClick={() => close(t(`history:missed.reason.${reason}`))}>
            {t(`history:missed.reason.${reason}`)}
          </Menu.Item>
        ))}
      </BulkBar>
      {view}
    </>
  );
}

async function reopen(steps: readonly Step[]): Promise<void> {
  const ids = steps.flatMap(({ done }) => done);
  for (let at = 0; at < ids.length; at += bulkPart)
    await call("bulkMissed", { body: { ids: ids.slice(at, at + bulkPart), action: { do: "reopen" } } });
}
