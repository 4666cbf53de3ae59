import { useTranslation } from "react-i18next";
import css from "./ui.module.css";

const quietestDbfs = -60;

/** Maps a level in dBFS to 0..1 of the meter's width; silence and nonsense are 0. */
export function meterFraction(dbfs: number): number {
  if (!Number.isFinite(dbfs)) return 0;
  return Math.min(1, Math.max(0, 1 - dbfs / quietestDbfs));
}

type LevelMeterProps = { dbfs: number; label?: string; colour?: string; width?: number | string };

/** A level in dBFS; turns amber where it is about to clip. */
export function LevelMeter({ dbfs, label, colour, width = 90 }: LevelMeterProps) {
  const { t } = useTranslation();
  const fraction = meterFraction(dbfs);
  return (
    <span
      role="meter"
      className={css["meter"]}
      style={{ width }}
      data-hot={dbfs > -4 || undefined}
      aria-label={label ?? t("common:level")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(fraction * 100)}
    >
      <i style={{ transform: `scaleX(${fraction})`, ...(colour ? { background: colour } : {}) }} />
    </span>
  );
}
