import { PasswordInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import css from "./guide.module.css";
import { type Strength, strengthOf } from "./strength.ts";

type Props = {
  value: string;
  onChange: (value: string) => void;
  own: readonly string[];
  autoFocus?: boolean;
  error?: string | null;
};
const bars = { short: 0, weak: 1, fair: 2, strong: 3 } as const;
const tones = ["line-strong", "offered", "available", "available"] as const;

/** A new password with its strength in words and bars. */
export function NewPassword({ value, onChange, own, autoFocus, error = null }: Props) {
  const { t } = useTranslation();
  const strength = strengthOf(value, own);
  return (
    <div>
      <PasswordInput
        label={t("guide:account.password")}
        description={t("guide:account.passwordHint")}
        autoComplete="new-password"
        maxLength={256}
        value={value}
        error={error}
        autoFocus={autoFocus ?? false}
        onChange={(event) => onChange(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t("common:signIn.showPassword") }}
      />
      {value === "" ? null : <StrengthBars strength={strength} />}
    </div>
  );
}

function StrengthBars({ strength }: { strength: Strength }) {
  const { t } = useTranslation();
  const filled = bars[strength.kind];
  const words =
    strength.kind === "short"
      ? t("guide:strength.short", { left: strength.left })
      : t(`guide:strength.${strength.kind}`);
  return (
    <div className={css["strength"]} role="status" aria-label={t("guide:strength.label")}>
      {[1, 2, 3].map((bar) => (
        <i key={bar} style={bar <= filled ? { background: `var(--${tones[filled]})` } : undefined} />
      ))}
      <span>{words}</span>
    </div>
  );
}
