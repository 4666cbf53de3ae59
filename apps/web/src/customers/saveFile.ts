import type { BodyOf, RouteName } from "@centrala/contract";
import { fetchFile } from "../api/call.ts";

/** Asks for a file that needs more words than an address has room for, and hands it to the browser to keep. */
export async function saveFile<N extends RouteName>(name: N, body: BodyOf<N>, fileName: string): Promise<void> {
  const url = URL.createObjectURL(await fetchFile(name, body));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has begun to read it when the click returns; in a minute it has.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
