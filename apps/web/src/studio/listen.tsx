import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { soundPlayer, usePlaying } from "../ui/index.ts";

/** A small button that plays a prompt or music from its beginning, and stops it. */
export function ListenButton({ src, name, size = 28 }: { src: string; name: string; size?: number }) {
  const { t } = useTranslation();
  const on = usePlaying()?.sound.key === src;
  const label = t(on ? "studio:listen.stop" : "studio:listen.play", { name });
  const toggle = () => (on ? soundPlayer.stop() : soundPlayer.toggle({ key: src, title: null, tracks: [{ src }] }));
  return (
    <Tooltip label={label}>
      <ActionIcon size={size} aria-label={label} aria-pressed={on} onClick={toggle}>
        {on ? <IconPlayerStopFilled size={15} /> : <IconPlayerPlayFilled size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}
