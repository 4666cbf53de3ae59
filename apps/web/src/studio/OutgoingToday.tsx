import type { ResponseOf } from "@centrala/contract";
import { Button, TextInput } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { Chip, ErrorNote, useFormat } from "../ui/index.ts";
import css from "./studio.module.css";

type Verdict = ResponseOf<"tryNumber">;
type Today = ResponseOf<"outgoing">;

/** Whether a number would be dialled now, and why not: nothing is dialled. */
export function TryNumber() {
  const { t } = useTranslation();
  const [number, setNumber] = useState("");
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [error, setError] = useState<unknown>(null);
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    setVerdict(null);
    try {
      setVerdict(await call("tryNumber", { body: { number } }));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <form className={`card ${css["panel"]}`} onSubmit={(event) => void ask(event)}>
      <h2>{t("studio:out.try")}</h2>
      <div className={css["line"]}>
        <TextInput
          aria-label={t("studio:out.try")}
          placeholder={t("studio:out.tryHint")}
          type="tel"
          maxLength={64}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
          style={{ flex: "1 1 200px" }}
        />
        <Button type="submit" variant="default" disabled={number.trim() === ""}>
          {t("studio:out.tryNow")}
        </Button>
      </div>
      <div role="status">{verdict ? <VerdictLine verdict={verdict} /> : null}</div>
      <ErrorNote error={error} />
    </form>
  );
}

function VerdictLine({ verdict }: { verdict: Verdict }) {
  const { t, i18n } = useTranslation();
  const { allowed, kind, display, code, scope, country, perMinute } = verdict;
  const Icon = allowed ? IconCircleCheck : IconCircleX;
  const names = new Intl.DisplayNames([i18n.language], { type: "region" });
  const place = country === null ? null : (names.of(country) ?? country);
  const what = verdict.class === null ? null : t(`studio:out.class.${verdict.class}`);
  const currency = useRoute("outgoing", {}).data?.currency ?? "";
  const price = perMinute === null ? null : t("studio:out.aMinute", { price: perMinute, currency });
  const details = [place, what, price].filter((one) => one !== null).join(" · ");
  return (
    <div className={css["verdict"]} data-allowed={allowed}>
      <Icon size={18} aria-hidden="true" />
      <div>
        <b>
          {display}:{" "}
          {kind === "outside" ? t(allowed ? "studio:out.goes" : "studio:out.stays") : t(`studio:out.kind.${kind}`)}
        </b>
        {code === null ? null : <div>{why(t, code, scope)}</div>}
        {details === "" ? null : <div className="muted">{details}</div>}
      </div>
    </div>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];
function why(t: Translate, code: NonNullable<Verdict["code"]>, scope: Verdict["scope"]): string {
  const reason = t(`studio:out.why.${code}`);
  return scope === null ? reason : `${reason} (${t(`studio:out.whose.${scope}`)})`;
}

/** What was used of the limits, and which calls were refused. */
export function OutgoingToday() {
  const { t } = useTranslation();
  const today = useRoute("outgoing", {}, { staleTime: 5_000 });
  if (!today.data) return <ErrorNote error={today.error} />;
  const { used, refused } = today.data;
  return (
    <section className={`card ${css["panel"]}`}>
      <h2>{t("studio:out.today")}</h2>
      {used.length === 0 ? <p className="muted">{t("studio:out.nothing")}</p> : <Used today={today.data} />}
      {refused.length === 0 ? null : (
        <details>
          <summary>{t("studio:out.refused", { count: today.data.refusedTotal })}</summary>
          <Refusals refused={refused} />
        </details>
      )}
    </section>
  );
}

const shownMax = 12;

function Used({ today }: { today: Today }) {
  const { t, i18n } = useTranslation();
  const money = new Intl.NumberFormat(i18n.language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return (
    // On narrow screens the table scrolls, also by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region has to be reachable by keyboard
    <section className={css["limits"]} tabIndex={0} aria-label={t("studio:out.today")}>
      <table>
        <thead>
          <tr>
            <th />
            <th scope="col">{t("studio:out.share")}</th>
            <th scope="col">{t("studio:out.now")}</th>
            <th scope="col">{t("studio:out.calls")}</th>
            <th scope="col">{t("studio:out.minutes")}</th>
            <th scope="col">{today.currency}</th>
          </tr>
        </thead>
        <tbody>
          {today.used.slice(0, shownMax).map((row) => (
            <tr key={`${row.scope}/${row.id}`}>
              <th scope="row">
                {row.name} <span className="muted">{t(`studio:out.whose.${row.scope}`)}</span>
              </th>
              <td className="num">{row.percent === null ? "" : <Share percent={row.percent} />}</td>
              <td className="num">{row.atOnce}</td>
              <td className="num">{row.calls}</td>
              <td className="num">{row.minutes}</td>
              <td className="num">{money.format(row.spent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Share({ percent }: { percent: number }) {
  if (percent < 80) return <>{percent} %</>;
  return <Chip tone={percent >= 100 ? "trouble" : "offered"}>{percent} %</Chip>;
}

function Refusals({ refused }: { refused: Today["refused"] }) {
  const { t, i18n } = useTranslation();
  const { time } = useFormat();
  const names = new Intl.DisplayNames([i18n.language], { type: "region" });
  return (
    <ul className={css["refusals"]}>
      {refused.slice(0, 20).map((one, index) => (
        // Newest first: what stands where is all that tells two alike ones apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <li key={`${one.at}/${index}`}>
          <span className="muted num">{time(one.at)}</span>{" "}
          {[one.operator, why(t, one.code, one.scope), one.country === null ? null : names.of(one.country)]
            .filter((part) => part !== null && part !== undefined)
            .join(" · ")}
        </li>
      ))}
    </ul>
  );
}
