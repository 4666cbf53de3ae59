import type { ResponseOf } from "@centrala/contract";
import { Button } from "@mantine/core";
import { IconMailForward } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { CopyField, ErrorNote, QrCode, useFormat } from "../ui/index.ts";
import css from "./studio.module.css";

type InvitationProps = {
  user: { id: string; name: string };
  /** The link is wanted already: it is made without asking once more. */
  atOnce?: boolean;
  /** There was no link before that could stop working. */
  isFirst?: boolean;
};

/** A link and its QR code, by which a colleague sets a password. */
export function Invitation({ user, atOnce = false, isFirst = false }: InvitationProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [invitation, setInvitation] = useState<ResponseOf<"invite"> | null>(null);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const make = useCallback(async () => {
    setPending(true);
    setError(null);
    await call("invite", { params: { id: user.id } }).then(setInvitation, setError);
    setPending(false);
    await queries.invalidateQueries({ queryKey: ["accounts"] });
  }, [user.id, queries]);
  const asked = useRef(false);
  useEffect(() => {
    // Once, whatever is drawn anew: each link ends the one before.
    if (!atOnce || asked.current) return;
    asked.current = true;
    void make();
  }, [atOnce, make]);
  const text = (
    <p className={invitation ? "" : "soft"}>
      {t("studio:people.inviteText")} {isFirst ? "" : t("studio:people.inviteOlder")}
    </p>
  );
  if (invitation) {
    return (
      <div className={css["share"]}>
        <div>
          {text}
          <CopyField label={t("studio:people.link")} value={invitation.url} />
          <p className="muted">{t("studio:people.inviteUntil", { time: format.dateTime(invitation.expiresAt) })}</p>
        </div>
        <QrCode value={invitation.url} label={t("studio:people.qr")} size={148} />
      </div>
    );
  }
  return (
    <>
      {text}
      <ErrorNote error={error} />
      <Button
        variant="default"
        leftSection={<IconMailForward size={15} />}
        loading={pending}
        onClick={() => void make()}
        style={{ justifySelf: "start" }}
      >
        {t("studio:people.inviteTitle", { name: user.name })}
      </Button>
    </>
  );
}
