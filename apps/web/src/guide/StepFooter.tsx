import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import css from "./guide.module.css";

/** The way on: the next step, or later, because every step can be left out. */
export function StepFooter({ onNext, onLater }: { onNext?: (() => void) | undefined; onLater: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={css["footer"]}>
      <span />
      <Button variant="subtle" onClick={onLater}>
        {t("guide:later")}
      </Button>
      {onNext ? <Button onClick={onNext}>{t("guide:next")}</Button> : null}
    </div>
  );
}
