import { importFields, type ResponseOf } from "@centrala/contract";
import { Button, FileButton, NativeSelect } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { said } from "../i18n/said.ts";
import { ErrorNote, useFormat } from "../ui/index.ts";
import css from "./guide.module.css";

type Preview = ResponseOf<"importPreview">;
type Result = ResponseOf<"importRun">;
type Mapping = Preview["mapping"];
const naming: readonly string[] = ["name", "firstName", "lastName", "company", "phone", "email"];
const accepted = ".csv,.txt,.tsv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Customers from a file: read, shown as understood, and taken in only when confirmed; rows that did not fit are named. */
export function ImportCustomers({ onDone }: { onDone: () => void }) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const restart = () => {
    setPreview(null);
    setResult(null);
  };
  if (result) return <Outcome result={result} onDone={onDone} onAnother={restart} />;
  if (preview) return <Check preview={preview} onTaken={setResult} onAnother={restart} />;
  return <ChooseFile onRead={setPreview} />;
}

function ChooseFile({ onRead }: { onRead: (preview: Preview) => void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const read = async (file: File | null | undefined) => {
    if (!file) return;
    setPending(true);
    setError(null);
    await call("importPreview", { file }).then(onRead, setError);
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
    </div>
  );
}

type CheckProps = { preview: Preview; onTaken: (result: Result) => void; onAnother: () => void };
function Check({ preview, onTaken, onAnother }: CheckProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [mapping, setMapping] = useState<Mapping>(preview.mapping);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const enough = Object.values(mapping).some((field) => field !== null && naming.includes(field));
  const run = async () => {
    setPending(true);
    setError(null);
    try {
      const result = await call("importRun", { params: { id: preview.importId }, body: { mapping } });
      await queries.invalidateQueries({ queryKey: ["customers"] });
      onTaken(result);
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  };
  return (
    <div className={css["form"]}>
      <p>
        <b>{t("guide:import.rows", { count: preview.total })}</b>. {t("guide:import.preview")}
      </p>
      <PreviewTable preview={preview} mapping={mapping} onChange={setMapping} />
      <RowProblems problems={preview.problems} />
      {enough ? null : <p role="status">{t("guide:import.needName")}</p>}
      <ErrorNote error={error} />
      <div className={css["footer"]}>
        <Button variant="default" onClick={onAnother}>
          {t("guide:import.other")}
        </Button>
        <span className="muted">{t("guide:import.nothingStored")}</span>
        <Button disabled={!enough} loading={pending} onClick={() => void run()}>
          {t("guide:import.run", { count: preview.total })}
        </Button>
      </div>
    </div>
  );
}

type TableProps = { preview: Preview; mapping: Mapping; onChange: (mapping: Mapping) => void };
const rowsShown = 12;

function PreviewTable({ preview, mapping, onChange }: TableProps) {
  const { t } = useTranslation();
  const choices = [
    { value: "", label: t("guide:import.ignore") },
    ...importFields.map((field) => ({ value: field, label: t(`guide:import.field.${field}`) })),
  ];
  return (
    // A region that scrolls has to be reachable by keyboard.
    <section className={css["preview"]} tabIndex={0} aria-label={t("guide:import.preview")}>
      <table>
        <thead>
          <tr>
            {preview.columns.map((column) => (
              <th key={column} scope="col">
                <div className="ellipsis" title={column}>
                  {column}
                </div>
                <NativeSelect
                  size="xs"
                  aria-label={t("guide:import.column", { column })}
                  data={choices}
                  value={mapping[column] ?? ""}
                  onChange={(event) => onChange({ ...mapping, [column]: event.currentTarget.value || null })}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.rows.slice(0, rowsShown).map((row, index) => (
            // Rows of a file are known by their place.
            <tr key={index}>
              {preview.columns.map((column, at) => (
                <td key={column} data-off={mapping[column] ? undefined : true} title={row[at]}>
                  {row[at]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RowProblems({ problems }: { problems: Result["problems"] }) {
  const { t } = useTranslation();
  if (problems.length === 0) return null;
  return (
    <div className={css["note"]}>
      <b>{t("guide:import.problems")}</b>
      <ul className={css["problems"]}>
        {problems.map((problem) => (
          <li key={`${problem.line}${problem.path}${problem.message}`}>
            {problem.line === null ? "" : `${t("guide:import.line", { line: problem.line })}: `}
            {said(t, problem)}
          </li>
        ))}
      </ul>
    </div>
  );
}

type OutcomeProps = { result: Result; onDone: () => void; onAnother: () => void };
function Outcome({ result, onDone, onAnother }: OutcomeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = {
    created: format.number(result.created),
    updated: format.number(result.updated),
    skipped: format.number(result.skipped),
  };
  return (
    <div className={css["form"]}>
      <p role="status">
        <b>{t("guide:import.result", counts)}</b>
      </p>
      <RowProblems problems={result.problems} />
      <div className={css["footer"]}>
        <Button variant="default" onClick={onAnother}>
          {t("guide:import.other")}
        </Button>
        <span />
        <Button onClick={onDone}>{t("guide:import.done")}</Button>
      </div>
    </div>
  );
}
