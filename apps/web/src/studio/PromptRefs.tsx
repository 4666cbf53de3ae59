import type { Language, PromptRef } from "@centrala/contract";
import { ActionIcon, Select } from "@mantine/core";
import { IconArrowUp, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { urlOf } from "../api/call.ts";
import { useEntities, useRoute } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { ListenButton } from "./listen.tsx";
import css from "./studio.module.css";

type RefsProps = {
  label: string;
  value: readonly PromptRef[];
  onChange: (value: PromptRef[]) => void;
  /** The language in which shipped sounds are heard, and read, here; the centre's when absent. */
  language?: Language | null;
  max?: number;
  problem?: string | undefined;
};

const keyOfRef = (ref: PromptRef) => (ref.kind === "sound" ? `sound:${ref.name}` : `prompt:${ref.promptId}`);
const refOfKey = (key: string): PromptRef =>
  key.startsWith("sound:") ? { kind: "sound", name: key.slice(6) } : { kind: "prompt", promptId: key.slice(7) };

/** Prompts in the order in which they are spoken: shipped ones by their words, one's own by name; each can be listened to. */
export function PromptRefs({ label, value, onChange, language, max = 20, problem }: RefsProps) {
  const { t } = useTranslation();
  const words = usePromptWords(language ?? null);
  const up = (index: number) => {
    const next = [...value];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index - 1, 0, moved);
    onChange(next);
  };
  return (
    <div>
      <div className={css["label"]}>{label}</div>
      <ol className={css["refs"]}>
        {value.map((ref, index) => {
          const name = words.nameOf(ref);
          return (
            // The same prompt may stand twice; its place tells them apart.
            <li key={`${keyOfRef(ref)}-${index}`}>
              <span className={`${css["grow"]} ellipsis`} title={name}>
                {name}
              </span>
              <ListenButton src={words.srcOf(ref)} name={name} />
              {index > 0 ? (
                <ActionIcon size={28} aria-label={t("studio:ref.up", { name })} onClick={() => up(index)}>
                  <IconArrowUp size={15} />
                </ActionIcon>
              ) : null}
              <ActionIcon
                size={28}
                aria-label={t("studio:ref.remove", { name })}
                onClick={() => onChange(value.filter((_, at) => at !== index))}
              >
                <IconX size={15} />
              </ActionIcon>
            </li>
          );
        })}
      </ol>
      {value.length < max ? (
        <Select
          mt={value.length > 0 ? 6 : 0}
          aria-label={`${label}: ${t("studio:ref.add")}`}
          placeholder={value.length === 0 ? `${t("studio:ref.none")}. ${t("studio:ref.add")}` : t("studio:ref.add")}
          data={words.choices}
          value={null}
          searchable
          limit={150}
          error={problem}
          onChange={(key) => {
            if (key) onChange([...value, refOfKey(key)]);
          }}
        />
      ) : null}
    </div>
  );
}

/** Names, sounds and choices of all prompts there are. Shipped ones are called by what the caller hears: in the language of the call, not of the page. */
export function usePromptWords(language: Language | null) {
  const { t } = useTranslation();
  const session = useSession();
  const sounds = useRoute("sounds", {}, { staleTime: Number.POSITIVE_INFINITY });
  const prompts = useEntities("prompt");
  const spoken = language ?? session.centre.language;
  const textOf = (name: string) => {
    const texts = sounds.data?.items.find((sound) => sound.name === name)?.texts;
    return texts?.[spoken] ?? texts?.["en"] ?? name;
  };
  return {
    nameOf: (ref: PromptRef): string =>
      ref.kind === "sound"
        ? textOf(ref.name)
        : (prompts.data?.find((prompt) => prompt.id === ref.promptId)?.name ?? ref.promptId),
    srcOf: (ref: PromptRef): string =>
      ref.kind === "sound"
        ? urlOf("soundAudio", { params: { language: spoken, name: ref.name } })
        : urlOf("promptAudio", { params: { id: ref.promptId } }),
    choices: [
      {
        group: t("studio:ref.own"),
        items: (prompts.data ?? []).map((prompt) => ({ value: `prompt:${prompt.id}`, label: prompt.name })),
      },
      {
        group: t("studio:ref.shipped"),
        items: (sounds.data?.items ?? []).map((sound) => ({ value: `sound:${sound.name}`, label: textOf(sound.name) })),
      },
    ],
    music: sounds.data?.music ?? [],
    soundNames: sounds.data ? new Set(sounds.data.items.map((sound) => sound.name)) : null,
  };
}
