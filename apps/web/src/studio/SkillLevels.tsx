import { ActionIcon, NumberInput, Select } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { choicesOf } from "./fields.tsx";
import css from "./studio.module.css";

type SkillLevel = { skillId: string; level: number };
type Props = { label: string; hint?: string; value: readonly SkillLevel[]; onChange: (value: SkillLevel[]) => void };

/** Skills with their levels from 1 to 10: what somebody can do, or what a queue asks for. */
export function SkillLevels({ label, hint, value, onChange }: Props) {
  const { t } = useTranslation();
  const skills = useEntities("skill");
  const nameOf = (id: string) => skills.data?.find((skill) => skill.id === id)?.name ?? id;
  const free = (skills.data ?? []).filter((skill) => !value.some((each) => each.skillId === skill.id));
  if (skills.data?.length === 0) return null;
  return (
    <div>
      <div className={css["label"]}>{label}</div>
      {hint ? <p className={css["small"]}>{hint}</p> : null}
      <div className={css["lines"]}>
        {value.map((each) => (
          <div className={css["line"]} key={each.skillId}>
            <span className={`${css["grow"]} ellipsis`}>{nameOf(each.skillId)}</span>
            <NumberInput
              aria-label={`${t("studio:skills.level")}: ${nameOf(each.skillId)}`}
              min={1}
              max={10}
              w={80}
              value={each.level}
              onChange={(level) =>
                onChange(value.map((old) => (old === each && typeof level === "number" ? { ...old, level } : old)))
              }
            />
            <ActionIcon
              size={34}
              aria-label={t("studio:ref.remove", { name: nameOf(each.skillId) })}
              onClick={() => onChange(value.filter((old) => old !== each))}
            >
              <IconX size={15} />
            </ActionIcon>
          </div>
        ))}
        {free.length > 0 ? (
          <Select
            aria-label={`${label}: ${t("studio:skills.addOne")}`}
            placeholder={t("studio:skills.addOne")}
            data={choicesOf(free)}
            value={null}
            searchable={free.length > 8}
            onChange={(skillId) => {
              if (skillId) onChange([...value, { skillId, level: 5 }]);
            }}
          />
        ) : null}
      </div>
    </div>
  );
}
