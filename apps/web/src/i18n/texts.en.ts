import { byArea } from "./areas.ts";

/** Every text of one language, in a file of its own: a browser fetches the language it shows and no other. */
export const texts = byArea(
  import.meta.glob<Record<string, unknown>>("./*.en.json", { eager: true, import: "default" }),
);
