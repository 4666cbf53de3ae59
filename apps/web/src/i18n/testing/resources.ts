/** All texts by language and area, as the dictionaries beside this folder hold them. */
const files = import.meta.glob<Record<string, unknown>>("../*.json", { eager: true, import: "default" });

export function resources(): Record<string, Record<string, Record<string, unknown>>> {
  const all: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const [path, content] of Object.entries(files)) {
    const match = /^\.\.\/([a-z]+)\.(en|ru|bg)\.json$/.exec(path);
    if (!match?.[1] || !match[2]) continue;
    all[match[2]] ??= {};
    (all[match[2]] as Record<string, Record<string, unknown>>)[match[1]] = content;
  }
  return all;
}
