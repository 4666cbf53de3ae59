import { MultiSelect, NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import type { HTMLInputTypeAttribute } from "react";
import { useTranslation } from "react-i18next";

/** A form over one value: what stands in it, how to change it, and what is wrong where. */
export type Form<T> = {
  readonly value: T;
  readonly set: (change: Partial<T>) => void;
  readonly problem: (path: string) => string | undefined;
};
type KeysOf<T, V> = { [K in keyof T]-?: T[K] extends V ? K : never }[keyof T] & string;
type Base<T, K> = { form: Form<T>; name: K; label: string; hint?: string | undefined };

function setter<T, V>(form: Form<T>, name: keyof T & string): (value: V) => void {
  return (value) => form.set({ [name]: value } as unknown as Partial<T>);
}

type TextProps<T> = Base<T, KeysOf<T, string | null>> & {
  nullable?: boolean;
  type?: HTMLInputTypeAttribute;
  autoFocus?: boolean;
  maxLength?: number;
  placeholder?: string;
};
/** One line of text; `nullable` stores an empty line as null. */
export function TextField<T>({ form, name, label, hint, nullable, ...rest }: TextProps<T>) {
  const set = setter<T, string | null>(form, name);
  return (
    <TextInput
      label={label}
      description={hint}
      value={(form.value[name] as string | null) ?? ""}
      error={form.problem(name)}
      onChange={(event) => set(nullable && event.currentTarget.value === "" ? null : event.currentTarget.value)}
      {...rest}
    />
  );
}

type AreaProps<T> = Base<T, KeysOf<T, string | null>> & { nullable?: boolean; maxLength?: number; rows?: number };
/** Several lines of text; `nullable` stores none as null. */
export function AreaField<T>({ form, name, label, hint, nullable, maxLength, rows = 2 }: AreaProps<T>) {
  const set = setter<T, string | null>(form, name);
  return (
    <Textarea
      label={label}
      description={hint}
      autosize
      minRows={rows}
      maxRows={12}
      {...(maxLength ? { maxLength } : {})}
      value={(form.value[name] as string | null) ?? ""}
      error={form.problem(name)}
      onChange={(event) => set(nullable && event.currentTarget.value === "" ? null : event.currentTarget.value)}
    />
  );
}

type NumberProps<T> = Base<T, KeysOf<T, number | null>> & {
  min?: number;
  max?: number;
  /** How many of the stored unit make one shown: 1000 shows ms as seconds. */
  factor?: number;
  unit?: string;
  nullable?: boolean;
  width?: number | string;
};
/** A whole number with its unit beside it. An emptied field is null, which only nullable fields accept. */
export function NumberField<T>(props: NumberProps<T>) {
  const { form, name, label, hint, min, max, factor = 1, unit, width } = props;
  const stored = form.value[name] as number | null;
  const set = setter<T, number | null>(form, name);
  return (
    <NumberInput
      label={label}
      description={hint}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      {...(width === undefined ? {} : { w: width })}
      allowDecimal={false}
      clampBehavior="none"
      suffix={unit ? ` ${unit}` : ""}
      value={typeof stored === "number" ? stored / factor : ""}
      error={form.problem(name)}
      onChange={(value) => set(typeof value === "number" ? Math.round(value * factor) : null)}
    />
  );
}

export function SwitchField<T>({ form, name, label, hint }: Base<T, KeysOf<T, boolean>>) {
  const set = setter<T, boolean>(form, name);
  return (
    <Switch
      label={label}
      description={hint}
      checked={form.value[name] as boolean}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  );
}

export type Choice = { value: string; label: string };
type ChoiceProps<T> = Base<T, KeysOf<T, string | null>> & {
  data: readonly (Choice | { group: string; items: Choice[] })[];
  /** What stands for null; without it the choice is required. */
  none?: string;
};
/** One of several; long lists can be searched. */
export function ChoiceField<T>({ form, name, label, hint, data, none }: ChoiceProps<T>) {
  const set = setter<T, string | null>(form, name);
  const all = none === undefined ? [...data] : [{ value: "", label: none }, ...data];
  return (
    <Select
      label={label}
      description={hint}
      data={all}
      value={(form.value[name] as string | null) ?? (none === undefined ? null : "")}
      error={form.problem(name)}
      onChange={(value) => set(value === "" ? null : value)}
      allowDeselect={false}
      searchable={all.length > 8}
      limit={200}
    />
  );
}

type ManyProps<T> = Base<T, KeysOf<T, readonly string[]>> & { data: readonly Choice[] };
export function ManyField<T>({ form, name, label, hint, data }: ManyProps<T>) {
  const set = setter<T, string[]>(form, name);
  return (
    <MultiSelect
      label={label}
      description={hint}
      data={[...data]}
      value={[...(form.value[name] as readonly string[])]}
      error={form.problem(name)}
      onChange={set}
      searchable={data.length > 8}
    />
  );
}

/** Whether calls are recorded, where it is not left to what stands above. */
export function useRecordingChoices(): Choice[] {
  const { t } = useTranslation();
  return (["on", "off"] as const).map((value) => ({ value, label: t(`studio:recording.${value}`) }));
}

/** The three languages, and "as the centre" where that may be. */
export function useLanguageChoices(): Choice[] {
  const { t } = useTranslation();
  return (["en", "ru", "bg"] as const).map((value) => ({ value, label: t(`studio:language.${value}`) }));
}

export function choicesOf(items: readonly { id: string; name: string }[] | undefined): Choice[] {
  return (items ?? []).map((item) => ({ value: item.id, label: item.name }));
}
