export type Texts = Readonly<Record<string, Record<string, unknown>>>;

/** Dictionaries by their area: every file here is `<area>.<language>.json`; the area is the namespace before a text's colon. */
export function byArea(files: Readonly<Record<string, Record<string, unknown>>>): Texts {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [/([a-z]+)\.[a-z]+\.json$/.exec(path)?.[1] ?? path, content]),
  );
}
