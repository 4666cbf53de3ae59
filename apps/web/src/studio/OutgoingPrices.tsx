import { destinationClasses, type Outgoing } from "@centrala/contract";
import { NumberInput, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Form, TextField } from "./fields.tsx";
import { pricesOf, pricesText } from "./prices.ts";
import css from "./studio.module.css";

/** Beginnings of numbers that are allowed or ruled out whatever country and kind say. */
export function PrefixFields({ form }: { form: Form<Outgoing> }) {
  const { t } = useTranslation();
  return (
    <div className={css["pair"]}>
      <PrefixList form={form} name="allowedPrefixes" label={t("studio:out.allowedPrefixes")} />
      <PrefixList form={form} name="deniedPrefixes" label={t("studio:out.deniedPrefixes")} />
    </div>
  );
}

function PrefixList(props: { form: Form<Outgoing>; name: "allowedPrefixes" | "deniedPrefixes"; label: string }) {
  const { form, name, label } = props;
  const [text, setText] = useState(form.value[name].join(" "));
  return (
    <Textarea
      label={label}
      placeholder="+4420 0700"
      autosize
      minRows={1}
      maxRows={6}
      value={text}
      error={form.problem(name)}
      onChange={(event) => {
        setText(event.currentTarget.value);
        form.set({ [name]: event.currentTarget.value.split(/[\s,;]+/).filter((prefix) => prefix !== "") });
      }}
    />
  );
}

/** Estimates a minute: what the limits of spending reckon with. */
export function PriceFields({ form }: { form: Form<Outgoing> }) {
  const { t } = useTranslation();
  const { classPrices, currency } = form.value;
  const [text, setText] = useState(pricesText(form.value.prefixPrices));
  return (
    <details className={css["part"]}>
      <summary>{t("studio:out.prices", { currency })}</summary>
      <p className="muted">{t("studio:out.pricesHint")}</p>
      <div className={css["limits"]}>
        <table>
          <thead>
            <tr>
              <th />
              <th scope="col">{t("studio:out.home")}</th>
              <th scope="col">{t("studio:out.abroad")}</th>
            </tr>
          </thead>
          <tbody>
            {destinationClasses
              .filter((kind) => kind !== "service-code")
              .map((kind) => (
                <tr key={kind}>
                  <th scope="row">{t(`studio:out.class.${kind}`)}</th>
                  {(["home", "abroad"] as const).map((where) => (
                    <td key={where}>
                      <NumberInput
                        aria-label={`${t(`studio:out.class.${kind}`)}: ${t(`studio:out.${where}`)}`}
                        min={0}
                        max={1000}
                        decimalScale={4}
                        hideControls
                        value={classPrices[kind][where]}
                        onChange={(value) => {
                          if (typeof value !== "number") return;
                          const changed = { ...classPrices[kind], [where]: value };
                          form.set({ classPrices: { ...classPrices, [kind]: changed } });
                        }}
                      />
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      <div className={css["pair"]}>
        <TextField form={form} name="currency" label={t("studio:out.currency")} maxLength={3} />
      </div>
      <Textarea
        label={t("studio:out.prefixPrices")}
        description={t("studio:out.prefixPricesHint")}
        placeholder={"+359 0.02\n+4930 0.03"}
        autosize
        minRows={2}
        maxRows={12}
        value={text}
        error={form.problem("prefixPrices") ?? (pricesOf(text) === undefined ? t("studio:out.priceWrong") : undefined)}
        onChange={(event) => {
          setText(event.currentTarget.value);
          const prefixPrices = pricesOf(event.currentTarget.value);
          if (prefixPrices !== undefined) form.set({ prefixPrices });
        }}
      />
    </details>
  );
}
