import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import css from "./guide.module.css";

type Props = {
  /** The step is done: the way on is the next action. Else the step can be left for later. */
  onNext?: (() => void) | undefined;
  onLater: () => void;
  /** Something else on the step is the next action. */
  quiet?: boolean;
};

/** The way on, one button: the next step, or later, because every step can be left out. */
export function StepFooter({ onNext, onLater, quiet = false }: Props) {
  const { t } = useTranslation();
  return (
    <div className={css["footer"]}>
      <span />
      {onNext ? (
        <Button variant={quiet ? "default" : "filled"} onClick={onNext}>
          {t("guide:next")}
        </Button>
      ) : (
        <Button variant="default" onClick={onLater}>
          {t("guide:later")}
        </Button>
      )}
    </div>
  );
}
