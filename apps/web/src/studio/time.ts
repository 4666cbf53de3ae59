/** A time of day as a person types it, "9", "930", "9.30", as HH:MM; 24:00 is the end of the day. Null when it is none. */
export function readTime(typed: string): string | null {
  const match = /^(\d{1,2})(?:[:.,h ]?(\d{2}))?$/.exec(typed.trim());
  if (!match) return null;
  const hours = Number(match[1]);
  const minutes = Number(match[2] ?? "0");
  if (minutes > 59 || hours > 24 || (hours === 24 && minutes > 0)) return null;
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

/** How the hours of a day look that do not end on it after they began: over midnight, or round the clock. Null for all others. */
export function spanOver(from: string, to: string): "night" | "round" | null {
  const start = readTime(from);
  const end = readTime(to);
  if (start === null || end === null) return null;
  if (start === end || (start === "00:00" && end === "24:00")) return "round";
  return end < start ? "night" : null;
}
