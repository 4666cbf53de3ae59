import { type Outgoing, type OutgoingLimits, outgoingScopes } from "@centrala/contract";
import { NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Form } from "./fields.tsx";
import css from "./studio.module.css";

const measures = ["callsAtOnce", "callsADay", "minutesADay", "spendingADay"] as const;

/** Four limits for each of those for whom they count. An emptied field is no limit. */
export function LimitFields({ form }: { form: Form<Outgoing> }) {
  const { t } = useTranslation();
  const { currency } = form.value;
  return (
    <div className={css["limits"]}>
      <table>
        <thead>
          <tr>
            <th />
            {measures.map((measure) => (
              <th key={measure} scope="col">
                {t(`studio:out.measure.${measure}`, { currency })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {outgoingScopes.map((scope) => (
            <tr key={scope}>
              <th scope="row">{t(`studio:out.scope.${scope}`)}</th>
              {measures.map((measure) => (
                <td key={measure}>
                  <NumberInput
                    aria-label={`${t(`studio:out.scope.${scope}`)}: ${t(`studio:out.measure.${measure}`, { currency })}`}
                    placeholder="∞"
                    min={0}
                    allowDecimal={measure === "spendingADay"}
                    hideControls
                    value={form.value[scope][measure] ?? ""}
                    error={form.problem(`${scope}.${measure}`)}
                    onChange={(value) =>
                      form.set({
                        [scope]: {
                          ...form.value[scope],
                          [measure]: typeof value === "number" ? value : null,
                        } as OutgoingLimits,
                      })
                    }
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted">{t("studio:out.noLimit")}</p>
    </div>
  );
}
