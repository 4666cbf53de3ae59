import {
  type BodyOf,
  type ImportField,
  importDelimiters,
  importFields,
  ownClientId,
  type ResponseOf,
} from "@centrala/contract";
import { Button, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useEntities } from "../api/queries.ts";
import { said } from "../i18n/said.ts";
import { useCountryChoices } from "../studio/countries.ts";
import { ErrorNote, formatPhone } from "../ui/index.ts";
import css from "./guide.module.css";
import own from "./import.module.css";

type Reading = ResponseOf<"importRead">;
type Options = BodyOf<"importCheck">;
type Props = {
  reading: Reading;
  onRead: (reading: Reading) => void;
  onChecked: (id: string) => void;
  onAnother: () => void;
};
const delimiterNames = { ";": "semicolon", ",": "comma", "\t": "tab", "|": "pipe" } as const;
const naming: readonly (ImportField | null)[] = ["name", "firstName", "lastName", "company", "phone", "email"];

/** How the file is read: its letters, sheet, heading, country and columns, and the cards that come of it. */
export function ImportReading({ reading, onRead, onChecked, onAnother }: Props) {
  const { t } = useTranslation();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { options } = reading;
  const columns = options.columns ?? [];
  const enough = columns.some((field) => naming.includes(field)) && reading.cards.length > 0;
  const work = async (job: Promise<void>) => {
    setPending(true);
    setError(null);
    await job.catch(setError);
    setPending(false);
  };
  const params = { id: reading.id };
  const choose = (change: Partial<Options>) =>
    void work(call("importReread", { params, body: { ...options, ...change } }).then(onRead));
  const check = () => void work(call("importCheck", { params, body: options }).then(({ id }) => onChecked(id)));
  return (
    <div className={css["form"]} aria-busy={pending}>
      <div className={own["read"]}>
        <Choices reading={reading} onChoose={choose} />
        <div className={own["result"]}>
          <Columns
            reading={reading}
            onChange={(index, field) =>
              choose({ columns: reading.columns.map((_, at) => (at === index ? field : (columns[at] ?? null))) })
            }
          />
          <Cards reading={reading} />
        </div>
      </div>
      {enough ? null : <p role="status">{t("guide:import.needName")}</p>}
      <ErrorNote error={error} />
      <div className={css["footer"]}>
        <Button variant="default" onClick={onAnother}>
          {t("guide:import.other")}
        </Button>
        <span className="muted">{t("guide:import.nothingStored")}</span>
        <Button disabled={!enough} loading={pending} onClick={check}>
          {t("guide:import.check")}
        </Button>
      </div>
    </div>
  );
}

type ChoicesProps = { reading: Reading; onChoose: (change: Partial<Options>) => void };
function Choices({ reading, onChoose }: ChoicesProps) {
  const { t } = useTranslation();
  const { options } = reading;
  return (
    <div className={own["choices"]}>
      {reading.encodings.length === 0 ? null : (
        <NativeSelect
          label={t("guide:import.encoding")}
          value={options.encoding ?? ""}
          data={reading.encodings.map(({ encoding, sample }) => ({ value: encoding, label: `${encoding}: ${sample}` }))}
          onChange={(event) =>
            onChoose({
              encoding: event.currentTarget.value as Options["encoding"],
              delimiter: null,
              heading: null,
              columns: null,
            })
          }
        />
      )}
      {reading.kind !== "text" ? null : (
        <NativeSelect
          label={t("guide:import.delimiter")}
          value={options.delimiter ?? ""}
          data={importDelimiters.map((value) => ({
            value,
            label: t(`guide:import.delimiters.${delimiterNames[value]}`),
          }))}
          onChange={(event) =>
            onChoose({ delimiter: event.currentTarget.value as Options["delimiter"], heading: null, columns: null })
          }
        />
      )}
      {reading.sheets.length < 2 ? null : (
        <NativeSelect
          label={t("guide:import.sheet")}
          value={String(options.sheet ?? 0)}
          data={reading.sheets.map(({ name }, index) => ({ value: String(index), label: name }))}
          onChange={(event) => onChoose({ sheet: Number(event.currentTarget.value), heading: null, columns: null })}
        />
      )}
      {reading.kind === "cards" ? null : (
        <NativeSelect
          label={t("guide:import.heading")}
          value={String(options.heading ?? 0)}
          data={[
            { value: "0", label: t("guide:import.headingNone") },
            ...reading.firstLines.map(({ line, text }) => ({
              value: String(line),
              label: `${t("guide:import.line", { line })}: ${text.slice(0, 60)}`,
            })),
          ]}
          onChange={(event) => onChoose({ heading: Number(event.currentTarget.value), columns: null })}
        />
      )}
      <NativeSelect
        label={t("guide:import.country")}
        value={options.country}
        data={useCountryChoices()}
        onChange={(event) => onChoose({ country: event.currentTarget.value, columns: null })}
      />
      <ClientChoice value={options.clientId} onChange={(clientId) => onChoose({ clientId })} />
      <p className="muted">{t("guide:import.numbersHint")}</p>
    </div>
  );
}

function ClientChoice({ value, onChange }: { value: string; onChange: (clientId: string) => void }) {
  const { t } = useTranslation();
  const clients = useEntities("client").data ?? [];
  if (clients.length < 2) return null;
  return (
    <NativeSelect
      label={t("guide:import.client")}
      value={value}
      data={[
        ...clients.map((client) => ({ value: client.id, label: client.name })),
        { value: ownClientId, label: t("guide:import.clientOwn") },
      ]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

type ColumnsProps = { reading: Reading; onChange: (index: number, field: ImportField | null) => void };
function Columns({ reading, onChange }: ColumnsProps) {
  const { t } = useTranslation();
  const choices = [
    { value: "", label: t("guide:import.ignore") },
    ...importFields.map((field) => ({ value: field, label: t(`guide:import.field.${field}`) })),
  ];
  return (
    <section>
      <h3 className={own["title"]}>{t("guide:import.columns")}</h3>
      <div className={own["columns"]}>
        {reading.columns.map(({ name, sample }, index) => (
          <label key={name} className={own["column"]} data-off={reading.options.columns?.[index] ? undefined : true}>
            <b className="ellipsis" title={name}>
              {name}
            </b>
            <span className="muted ellipsis" title={sample}>
              {sample || "–"}
            </span>
            <NativeSelect
              size="xs"
              aria-label={t("guide:import.column", { column: name })}
              data={choices}
              value={reading.options.columns?.[index] ?? ""}
              onChange={(event) => onChange(index, (event.currentTarget.value || null) as ImportField | null)}
            />
          </label>
        ))}
      </div>
    </section>
  );
}

type Card = NonNullable<Reading["cards"][number]["card"]>;
function Cards({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  return (
    // A region that scrolls has to be reachable by keyboard.
    <section className={own["cards"]} tabIndex={0} aria-label={t("guide:import.cards")}>
      <h3 className={own["title"]}>{t("guide:import.cards")}</h3>
      <ul className={own["rows"]}>
        {reading.cards.map(({ line, card, remarks }) => (
          <li key={line}>
            {card === null ? <span className="muted">{said(t, { code: "ROW_EMPTY" })}</span> : <CardText card={card} />}
            <span className={own["warn"]}>{remarks.map((remark) => said(t, remark)).join("; ")}</span>
            <span className="muted num">{t("guide:import.line", { line })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A card in two lines: who, and how to be reached. */
export function CardText({ card }: { card: Card }) {
  const name = card.name || card.company || formatPhone(card.phones[0] ?? "") || card.emails[0];
  const reached = [...card.phones.map(formatPhone), ...card.emails].join(" · ");
  const rest = [card.name === "" ? "" : card.company, card.note].filter(Boolean).join(" · ");
  return (
    <span className={own["card"]}>
      <b>{name}</b>
      <span className="num soft">{reached}</span>
      <span className="muted">{rest}</span>
    </span>
  );
}
