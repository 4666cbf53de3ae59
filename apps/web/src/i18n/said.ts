import type { TFunction } from "i18next";

/** A sentence of the server: its code, its values, and its English text. */
type Sentence = {
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly message?: string | undefined;
};

/** A sentence of the server in the reader's language; the server's English where its code is not known here. */
export function said(t: TFunction, { code, params, message }: Sentence): string {
  return t(`said:${code}`, { ...params, defaultValue: message ?? code });
}

/** The field a problem names ("dispositions.2.name") as its label reads; as it is when the screen has no word for it. */
export function fieldName(t: TFunction, path: string): string {
  const name = path.split(".").findLast((part) => !/^[0-9]+$/.test(part)) ?? "";
  return t(`said:field.${name}`, { defaultValue: path });
}
