import { type BodyOf, mixesScripts } from "@centrala/contract";
import { Button, TextInput } from "@mantine/core";
import type { TFunction } from "i18next";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useEnter } from "../api/session.tsx";
import { BarePage } from "../auth/BarePage.tsx";
import { RecordingFields } from "../studio/CentreSection.tsx";
import { ownTimeZone, useCountryChoices, useTimeZoneChoices } from "../studio/countries.ts";
import { forgetDraft, keepDraft, keptDraft } from "../studio/drafts.ts";
import { ChoiceField, type Form, TextField, useLanguageChoices } from "../studio/fields.tsx";
import { ErrorNote } from "../ui/index.ts";
import css from "./guide.module.css";
import { NewPassword } from "./NewPassword.tsx";
import { StepBar } from "./StepBar.tsx";
import { passwordLengthMin } from "./strength.ts";

type CentreDraft = BodyOf<"setup">["centre"];
type Account = { name: string; login: string };
const kinds = ["home", "in-house", "outsourcing"] as const;

/** Account and centre: what exists before anybody can sign in. What is typed survives a reload, the password excepted. */
export function FirstSteps({ token, onDone }: { token: string; onDone: () => void }) {
  const { i18n } = useTranslation();
  const [step, setStep] = useState<"account" | "centre">("account");
  const [account, setAccount] = useKept<Account>("account", { name: "", login: "" });
  const [password, setPassword] = useState("");
  const [centre, setCentre] = useKept<CentreDraft>("centre", firstCentre(i18n.language));
  const enter = useEnter();
  const create = async () => {
    const session = await call("setup", { body: { token, centre, manager: { ...account, password } } });
    forgetDraft("guide", "account");
    forgetDraft("guide", "centre");
    enter(session);
    onDone();
  };
  if (step === "account") {
    return (
      <AccountStep
        account={account}
        setAccount={setAccount}
        password={password}
        setPassword={setPassword}
        onNext={() => setStep("centre")}
      />
    );
  }
  return <CentreStep centre={centre} setCentre={setCentre} onBack={() => setStep("account")} onCreate={create} />;
}

function useKept<T extends object>(id: string, first: T): [T, (change: Partial<T>) => void] {
  const [value, setValue] = useState<T>(() => ({ ...first, ...keptDraft<T>("guide", id) }));
  useEffect(() => keepDraft("guide", id, value), [id, value]);
  return [value, (change) => setValue((old) => ({ ...old, ...change }))];
}

function firstCentre(language: string): CentreDraft {
  return {
    name: "",
    kind: "in-house",
    country: guessCountry(),
    timeZone: ownTimeZone(),
    language: language === "ru" || language === "bg" ? language : "en",
    recordingNotice: true,
    recordCalls: true,
    recordingRetentionDays: 90,
  };
}

const zoneCountries: Record<string, string> = {
  "Europe/Sofia": "BG",
  "Europe/Moscow": "RU",
  "Europe/London": "GB",
  "Europe/Berlin": "DE",
  "Europe/Bucharest": "RO",
  "Europe/Athens": "GR",
  "Asia/Almaty": "KZ",
  "Asia/Yekaterinburg": "RU",
  "Asia/Novosibirsk": "RU",
};

/** The zone says more about where one is than the language does. */
function guessCountry(): string {
  const byZone = zoneCountries[ownTimeZone()];
  if (byZone) return byZone;
  const region = new Intl.Locale(navigator.language).maximize().region;
  return region && /^[A-Z]{2}$/.test(region) ? region : "BG";
}

type AccountProps = {
  account: Account;
  setAccount: (change: Partial<Account>) => void;
  password: string;
  setPassword: (password: string) => void;
  onNext: () => void;
};
function AccountStep({ account, setAccount, password, setPassword, onNext }: AccountProps) {
  const { t } = useTranslation();
  const { name, login } = account;
  const [tried, setTried] = useState(false);
  const problems = {
    name: name.trim() === "" ? t("said:FIELD_EMPTY") : null,
    login: loginProblem(login, t),
    password: passwordProblem(password, t),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(problems).every((problem) => problem === null)) onNext();
  };
  return (
    <BarePage wide title={t("guide:account.title")} above={<StepBar current="account" isDone={() => false} />}>
      <form className={css["form"]} onSubmit={submit}>
        <p className={css["text"]}>{t("guide:account.text")}</p>
        <div className={css["pair"]}>
          <TextInput
            label={t("guide:account.name")}
            autoComplete="name"
            autoFocus
            maxLength={120}
            value={name}
            error={tried ? problems.name : null}
            onChange={(event) => setAccount({ name: event.currentTarget.value })}
          />
          <TextInput
            label={t("guide:account.login")}
            description={t("guide:account.loginHint")}
            autoComplete="username"
            autoCapitalize="none"
            maxLength={120}
            value={login}
            // Said while it is typed: nobody sees which letter is of the other alphabet.
            error={tried || mixesScripts(login) ? problems.login : null}
            onChange={(event) => setAccount({ login: event.currentTarget.value.replace(/\s/g, "") })}
          />
        </div>
        <NewPassword
          value={password}
          onChange={setPassword}
          own={[login, ...name.split(/\s+/)]}
          error={tried ? problems.password : null}
        />
        <div className={css["footer"]}>
          <span />
          <Button type="submit" size="md">
            {t("guide:next")}
          </Button>
        </div>
      </form>
    </BarePage>
  );
}

function loginProblem(login: string, t: TFunction): string | null {
  if (login === "") return t("said:FIELD_EMPTY");
  if (login.includes("/")) return t("said:FORM_LOGIN");
  return mixesScripts(login) ? t("said:LOGIN_MIXED", { value: login }) : null;
}

/** How much is missing of a password stands at its bars already. */
function passwordProblem(password: string, t: TFunction): string | null {
  if (password === "") return t("said:FIELD_EMPTY");
  const left = passwordLengthMin - [...password].length;
  return left > 0 ? t("said:FIELD_TOO_SHORT", { min: passwordLengthMin }) : null;
}

type CentreProps = {
  centre: CentreDraft;
  setCentre: (change: Partial<CentreDraft>) => void;
  onBack: () => void;
  onCreate: () => Promise<void>;
};
function CentreStep({ centre, setCentre, onBack, onCreate }: CentreProps) {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const [tried, setTried] = useState(false);
  const nameless = centre.name.trim() === "";
  const problem = (path: string) => (tried && nameless && path === "name" ? t("said:FIELD_EMPTY") : undefined);
  const form: Form<CentreDraft> = { value: centre, set: setCentre, problem };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (nameless) return;
    setPending(true);
    setError(null);
    await onCreate().catch((failure: unknown) => {
      setError(failure);
      setPending(false);
    });
  };
  return (
    <BarePage
      wide
      title={t("guide:centre.title")}
      above={<StepBar current="centre" isDone={(step) => step === "account"} />}
    >
      <form className={css["form"]} onSubmit={(event) => void submit(event)}>
        <p className={css["text"]}>{t("guide:centre.text")}</p>
        <TextField
          form={form}
          name="name"
          label={t("guide:centre.name")}
          hint={t("guide:centre.nameHint")}
          maxLength={120}
          autoFocus
        />
        <div className={css["pair"]}>
          <ChoiceField form={form} name="country" label={t("studio:centre.country")} data={useCountryChoices()} />
          <ChoiceField
            form={form}
            name="timeZone"
            label={t("studio:centre.timeZone")}
            data={useTimeZoneChoices(centre.timeZone)}
          />
          <ChoiceField form={form} name="language" label={t("studio:centre.language")} data={useLanguageChoices()} />
        </div>
        <KindChoice value={centre.kind} onChange={(kind) => setCentre({ kind })} />
        <fieldset className={css["group"]}>
          <legend>{t("guide:centre.recording")}</legend>
          <p className={css["text"]}>{t("guide:centre.recordingText")}</p>
          <RecordingFields form={form} />
        </fieldset>
        <ErrorNote error={error} />
        <div className={css["footer"]}>
          <Button variant="default" onClick={onBack}>
            {t("guide:back")}
          </Button>
          <span />
          <Button type="submit" size="md" loading={pending}>
            {t("guide:centre.create")}
          </Button>
        </div>
      </form>
    </BarePage>
  );
}

function KindChoice({
  value,
  onChange,
}: {
  value: CentreDraft["kind"];
  onChange: (kind: CentreDraft["kind"]) => void;
}) {
  const { t } = useTranslation();
  return (
    <fieldset className={css["group"]} style={{ gap: 0 }}>
      <legend>{t("guide:centre.kind")}</legend>
      <div className={css["kinds"]}>
        {kinds.map((kind) => (
          <label key={kind} className={css["kind"]}>
            <input type="radio" name="kind" value={kind} checked={value === kind} onChange={() => onChange(kind)} />
            <b>{t(`studio:kind.${kind}`)}</b>
            <span>{t(`guide:kindText.${kind}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
