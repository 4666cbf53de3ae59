import { useTranslation } from "react-i18next";
import { useLive } from "../live/store.ts";
import { Chip, formatLength, useFormat, useServerNow } from "../ui/index.ts";
import css from "./floor.module.css";

/** Whether the picture is live, and how old it is when not; with the time of the centre. */
export function Freshness() {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useServerNow();
  const staleSince = useLive((state) => state.staleSince);
  return (
    <span className={css["fresh"]}>
      {staleSince === null ? (
        <Chip tone="available">● {t("floor:live")}</Chip>
      ) : (
        <Chip tone="offered">{t("floor:stale", { length: formatLength(Date.now() - staleSince) })}</Chip>
      )}
      <span className="num soft">{format.clock(now)}</span>
    </span>
  );
}
