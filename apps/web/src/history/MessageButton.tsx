import type { ResponseOf } from "@centrala/contract";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { urlOf } from "../api/call.ts";
import { formatLength, soundPlayer, usePlaying } from "../ui/index.ts";

type Missed = ResponseOf<"missed">["items"][number];
type MessageButtonProps = { row: Pick<Missed, "contactId" | "messages">; name: string; size?: number };

/** Plays what a missed caller has left, without leaving the list; nothing where there is nothing to hear. */
export function MessageButton({ row, name, size = 26 }: MessageButtonProps) {
  const { t } = useTranslation();
  const playing = usePlaying();
  if (row.messages.length === 0) return null;
  const key = `message:${row.contactId}`;
  const on = playing?.sound.key === key && playing.state === "playing";
  const tracks = row.messages.map(({ recordingId, durationMs }) => ({
    src: urlOf("recordingAudio", { params: { id: recordingId } }),
    durationMs,
    twoSided: true,
  }));
  const label = t(on ? "history:missed.pauseMessage" : "history:missed.playMessage", { name });
  return (
    <Tooltip label={`${label} (${formatLength(messagesMs(row))})`}>
      <ActionIcon
        variant="default"
        size={size}
        aria-label={label}
        aria-pressed={on}
        onClick={() => soundPlayer.toggle({ key, title: name, tracks })}
      >
        {on ? <IconPlayerPauseFilled size={14} /> : <IconPlayerPlayFilled size={14} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** How long all that was left takes to hear. */
export function messagesMs(row: Pick<Missed, "messages">): number {
  return row.messages.reduce((sum, message) => sum + message.durationMs, 0);
}
