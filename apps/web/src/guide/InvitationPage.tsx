import type { ResponseOf } from "@centrala/contract";
import { Button } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { homeOf, useEnter } from "../api/session.tsx";
import { BarePage } from "../auth/BarePage.tsx";
import { languageIsChosen } from "../i18n/index.ts";
import { ErrorNote, RowSkeletons } from "../ui/index.ts";
import { NewPassword } from "./NewPassword.tsx";
import { passwordLengthMin } from "./strength.ts";

/** An invited colleague sets their own password and is signed in. */
export function Page() {
  const { t, i18n } = useTranslation();
  const { token = "" } = useParams({ strict: false });
  const invitation = useRoute("invitation", { params: { token } });
  const language = invitation.data?.language;
  useEffect(() => {
    if (language && !languageIsChosen()) void i18n.changeLanguage(language);
  }, [language, i18n]);
  if (invitation.data) return <Accept token={token} invitation={invitation.data} />;
  const gone = invitation.error instanceof ApiError && [404, 410].includes(invitation.error.status);
  if (gone) {
    return (
      <BarePage title={t("guide:invitation.gone")}>
        <p className="soft">{t("guide:invitation.goneText")}</p>
      </BarePage>
    );
  }
  return (
    <BarePage title="Centrala">
      {invitation.error ? (
        <ErrorNote error={invitation.error} onRetry={() => void invitation.refetch()} />
      ) : (
        <RowSkeletons rows={3} />
      )}
    </BarePage>
  );
}

function Accept({ token, invitation }: { token: string; invitation: ResponseOf<"invitation"> }) {
  const { t } = useTranslation();
  const enter = useEnter();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPending(true);
    setError(null);
    try {
      const session = await call("acceptInvitation", { params: { token }, body: { password } });
      enter(session);
      await navigate({ to: homeOf(session), replace: true });
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  };
  return (
    <BarePage title={t("guide:invitation.title", { name: invitation.name })}>
      <form onSubmit={(event) => void submit(event)} style={{ display: "grid", gap: 16 }}>
        <p className="soft">
          {t("guide:invitation.text", { centre: invitation.centre })} <b>{invitation.login}</b>
        </p>
        {/* Password managers store the login beside the password only when the form has it. */}
        <input type="text" name="username" autoComplete="username" value={invitation.login} readOnly hidden />
        <NewPassword
          value={password}
          onChange={setPassword}
          own={[invitation.login, ...invitation.name.split(/\s+/)]}
          autoFocus
        />
        <ErrorNote error={error} />
        <Button type="submit" size="md" loading={pending} disabled={[...password].length < passwordLengthMin}>
          {t("guide:invitation.submit")}
        </Button>
      </form>
    </BarePage>
  );
}
