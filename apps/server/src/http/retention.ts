import type { Shortened } from "../core/retention.ts";
import { HttpProblem } from "./errors.ts";

/** Asked for once more with their number, it is done. */
export function wouldDelete({ recordings }: Shortened): HttpProblem {
  const path = "recordingRetentionDays";
  const message = `${recordings} recordings would be deleted`;
  return new HttpProblem("WOULD_DELETE", {
    details: [{ path, line: null, code: "WOULD_DELETE", message, params: { count: recordings } }],
  });
}
