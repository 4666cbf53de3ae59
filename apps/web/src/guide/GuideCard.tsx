import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { sessionKey, useSession } from "../api/session.tsx";
import css from "./guide.module.css";

const optionalSteps = ["testCall", "colleagues", "customers", "number"] as const;

/** The steps of the guide that are still open, until each is done or left out. Only managers have them. */
export function GuideCard() {
  const { t } = useTranslation();
  const { guide } = useSession();
  const queries = useQueryClient();
  const leaveOut = async (step: (typeof optionalSteps)[number]) => {
    await call("guideLeaveOut", { body: { step } }).catch(() => {});
    await queries.invalidateQueries({ queryKey: sessionKey });
  };
  const open = guide ? optionalSteps.filter((step) => guide[step] === "open") : [];
  if (open.length === 0) return null;
  return (
    <section className={`card ${css["guideCard"]}`}>
      <h2>
        {t("guide:card.title")} <span className="muted">{t("guide:card.text", { left: open.length })}</span>
      </h2>
      <ul>
        {open.map((step) => (
          <li key={step}>
            <div>
              <b>{t(`guide:step.${step}`)}</b>
              <p className="soft">{t(`guide:card.${step}`)}</p>
            </div>
            <Button
              variant="subtle"
              color="gray"
              aria-label={t("guide:card.leaveOutNamed", { name: t(`guide:step.${step}`) })}
              onClick={() => void leaveOut(step)}
            >
              {t("guide:card.leaveOut")}
            </Button>
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/setup" search={{ step }} {...props} />}
              aria-label={`${t("guide:card.open")}: ${t(`guide:step.${step}`)}`}
            >
              {t("guide:card.open")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
