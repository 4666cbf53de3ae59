import type { ResponseOf } from "@centrala/contract";
import { Button, FileButton } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { ErrorNote, useFormat } from "../ui/index.ts";
import css from "./guide.module.css";
import { ImportChecked } from "./ImportChecked.tsx";
import { ImportReading } from "./ImportReading.tsx";
import own from "./import.module.css";

type Reading = ResponseOf<"importRead">;
const accepted =
  ".csv,.txt,.tsv,.xlsx,.vcf,text/csv,text/vcard,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Customers from a file: read with choices, shown as the cards they will be, and stored only when confirmed. */
export function ImportCustomers({ onDone }: { onDone: () => void }) {
  const [reading, setReading] = useState<Reading | null>(null);
  const [checkedId, setCheckedId] = useState<string | null>(null);
  const restart = () => {
    setReading(null);
    setCheckedId(null);
  };
  if (checkedId !== null) {
    const back = reading?.id === checkedId ? () => setCheckedId(null) : null;
    return <ImportChecked id={checkedId} onBack={back} onAnother={restart} onDone={onDone} />;
  }
  if (reading !== null)
    return <ImportReading reading={reading} onRead={setReading} onChecked={setCheckedId} onAnother={restart} />;
  return <ChooseFile onRead={setReading} onOpen={setCheckedId} />;
}

type ChooseProps = { onRead: (reading: Reading) => void; onOpen: (id: string) => void };
function ChooseFile({ onRead, onOpen }: ChooseProps) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const read = async (file: File | null | undefined) => {
    if (!file) return;
    setPending(true);
    setError(null);
    await call("importRead", { file, fileName: file.name }).then(onRead, setError);
    setPending(false);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void read(event.dataTransfer.files[0]);
  };
  return (
    <div className={css["form"]}>
      {/* Dropping is a shortcut; the button below does the same by keyboard. */}
      <div
        className={css["drop"]}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <IconFileSpreadsheet size={30} stroke={1.4} aria-hidden="true" />
        <b>{t("guide:import.drop")}</b>
        <FileButton accept={accepted} onChange={(file) => void read(file)}>
          {(props) => (
            <Button {...props} variant="default" loading={pending}>
              {t("guide:import.choose")}
            </Button>
          )}
        </FileButton>
        <span className="muted">{t("guide:import.nothingStored")}</span>
      </div>
      <ErrorNote error={error} />
      <Earlier onOpen={onOpen} />
    </div>
  );
}

/** What was imported before, by whom, and what became of it: each can be opened again, to be gone on with or undone. */
function Earlier({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const imports = useQuery({
    queryKey: ["imports"],
    queryFn: ({ signal }) => call("imports", { signal }),
    refetchInterval: 5_000,
  });
  const queries = useQueryClient();
  const items = imports.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section>
      <h3 className={own["title"]}>{t("guide:import.earlier")}</h3>
      <ul className={own["rows"]}>
        {items.map((item) => (
          <li key={item.id}>
            <span>
              <b>{item.fileName}</b>
              <span className="muted"> {format.dateTime(item.createdAt)}</span>
            </span>
            <span className="soft">
              {t(`guide:import.state.${item.state}`)}
              {item.figures === null ? "" : `, ${t("guide:import.rows", { count: item.total })}`}
            </span>
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                queries.setQueryData(["import", item.id], item);
                onOpen(item.id);
              }}
            >
              {t("guide:import.open")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
