import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { homeOf, useEnter } from "../api/session.tsx";
import { ErrorNote } from "../ui/ErrorNote.tsx";
import { BarePage } from "./BarePage.tsx";

/** Signing in. Says so when the centre has not been set up yet, because then nobody can. */
export function Page() {
  const { t } = useTranslation();
  const setup = useRoute("setupState", {});
  if (setup.data?.needed) {
    return (
      <BarePage title={t("common:signIn.notSetUp")}>
        <p className="soft">{t("common:signIn.notSetUpText")}</p>
      </BarePage>
    );
  }
  return (
    <BarePage title={t("common:signIn.title")}>
      <SignInForm />
    </BarePage>
  );
}

function SignInForm() {
  const { t } = useTranslation();
  const enter = useEnter();
  const navigate = useNavigate();
  const search = useSearch({ from: "/sign-in" });
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const form = useForm({ mode: "uncontrolled", initialValues: { login: "", password: "" } });
  const submit = async (values: { login: string; password: string }) => {
    setPending(true);
    setError(null);
    try {
      const session = await call("signIn", { body: values });
      enter(session);
      const next = search["next"];
      // Only paths of this app: an address elsewhere would make the sign-in page a trap.
      await navigate(next && /^\/[^/\\]/.test(next) ? { to: next } : { to: homeOf(session) });
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  };
  return (
    <form onSubmit={form.onSubmit((values) => void submit(values))} style={{ display: "grid", gap: 14 }}>
      <TextInput
        label={t("common:signIn.login")}
        autoComplete="username"
        autoCapitalize="none"
        required
        withAsterisk={false}
        autoFocus
        key={form.key("login")}
        {...form.getInputProps("login")}
      />
      <PasswordInput
        label={t("common:signIn.password")}
        autoComplete="current-password"
        required
        withAsterisk={false}
        visibilityToggleButtonProps={{ "aria-label": t("common:signIn.showPassword") }}
        key={form.key("password")}
        {...form.getInputProps("password")}
      />
      <ErrorNote error={error} />
      <Button type="submit" loading={pending} size="md">
        {t("common:signIn.submit")}
      </Button>
      <p className="muted">{t("common:signIn.forgotten")}</p>
    </form>
  );
}
