import { type SessionView, testTrunkId } from "@centrala/contract";
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useEntities, useRoute } from "../api/queries.ts";
import { SessionContext, sessionKey, useSession, useSessionQuery } from "../api/session.tsx";
import { BarePage } from "../auth/BarePage.tsx";
import { usePhones } from "../auth/SignedIn.tsx";
import { CommandsContext, useCommandRunner } from "../desk/commands.ts";
import { HeadsetPanel } from "../desk/HeadsetPanel.tsx";
import { useHeadset } from "../desk/headset.ts";
import { useHeadsetDuty } from "../desk/useHeadsetDuty.ts";
import { LiveGate } from "../live/LiveGate.tsx";
import { useLive } from "../live/store.ts";
import { lineWorks, useLineStates } from "../studio/lineState.tsx";
import { ErrorNote, RowSkeletons } from "../ui/index.ts";
import { setHomeCountry } from "../ui/phone.ts";
import { ColleaguesStep } from "./ColleaguesStep.tsx";
import { ComputersStep } from "./ComputersStep.tsx";
import { FirstSteps } from "./FirstSteps.tsx";
import css from "./guide.module.css";
import { ImportCustomers } from "./ImportCustomers.tsx";
import { NumberStep } from "./NumberStep.tsx";
import { type GuideStepName, guideSteps, StepBar } from "./StepBar.tsx";
import { StepFooter } from "./StepFooter.tsx";
import { TestCallStep } from "./TestCallStep.tsx";

type Step = Exclude<GuideStepName, "account" | "centre">;
const steps = guideSteps.filter((step): step is Step => step !== "account" && step !== "centre");

/** The set-up guide: account and centre first, then, signed in, everything up to the first call and one's own number. */
export function Page() {
  const session = useSessionQuery();
  const setup = useRoute("setupState", {});
  const phonesAreReady = usePhones();
  if (session.data?.guide && !phonesAreReady) return <RowSkeletons />;
  if (session.data?.guide) return <Inside session={session.data} />;
  if (session.isPending || setup.isPending) return <RowSkeletons />;
  return <Before needed={setup.data?.needed ?? false} error={setup.error} retry={() => void setup.refetch()} />;
}

/** The step stands in the address; going back in the browser goes a step back. */
function useStep(): [string | undefined, (step: Step) => void] {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { step?: string };
  return [search.step, (step) => void navigate({ to: "/setup", search: { step } })];
}

function Before({ needed, error, retry }: { needed: boolean; error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { token } = useSearch({ strict: false }) as { token?: string };
  if (error) {
    return (
      <BarePage title={t("guide:title")}>
        <ErrorNote error={error} onRetry={retry} />
      </BarePage>
    );
  }
  if (!needed) {
    return (
      <BarePage title={t("guide:already.title")}>
        <p className="soft">{t("guide:already.text")}</p>
        <Button onClick={() => void navigate({ to: "/sign-in" })}>{t("guide:already.signIn")}</Button>
      </BarePage>
    );
  }
  if (!token) {
    return (
      <BarePage title={t("guide:needToken.title")}>
        <p className="soft">{t("guide:needToken.text")}</p>
      </BarePage>
    );
  }
  return <LinkFirst token={token} />;
}

/** A link that was used, or replaced by a later start, is said before anything is filled in. */
function LinkFirst({ token }: { token: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const link = useQuery({
    queryKey: ["setupLink", token],
    queryFn: () => call("setupLink", { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (link.isPending) return <RowSkeletons />;
  if (link.error || !link.data.works) {
    return (
      <BarePage title={t("guide:oldLink.title")}>
        {link.error ? (
          <ErrorNote error={link.error} onRetry={() => void link.refetch()} />
        ) : (
          <p className="soft">{t("guide:oldLink.text")}</p>
        )}
      </BarePage>
    );
  }
  return (
    <FirstSteps
      token={token}
      onDone={() => void navigate({ to: "/setup", search: { step: "headset" }, replace: true })}
    />
  );
}

function Inside({ session }: { session: SessionView }) {
  const commands = useCommandRunner();
  setHomeCountry(session.centre.country);
  return (
    <SessionContext value={session}>
      <LiveGate session={session}>
        <CommandsContext value={commands}>
          <InsideSteps />
        </CommandsContext>
      </LiveGate>
    </SessionContext>
  );
}

function InsideSteps() {
  const { t } = useTranslation();
  const [wanted, setStep] = useStep();
  const view = useLive((live) => live.desk);
  useHeadsetDuty(view);
  const step = steps.find((each) => each === wanted) ?? "headset";
  const next = () => setStep(steps[steps.indexOf(step) + 1] ?? "done");
  const isDone = useIsDone();
  const queries = useQueryClient();
  const headset = useHeadset().kind;
  const contactId = view?.contact?.id ?? null;
  useEffect(() => {
    // A new step begins at its heading, for eyes and screen readers alike.
    if (step) window.scrollTo({ top: 0 });
  }, [step]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each of them may have done a step, which the server knows.
  useEffect(() => void queries.invalidateQueries({ queryKey: sessionKey }), [step, headset, contactId, queries]);
  return (
    <BarePage
      wide
      title={t(`guide:${step}.title`)}
      above={<StepBar current={step} isDone={isDone} onStep={(each) => setStep(each as Step)} />}
    >
      <StepBody step={step} onNext={next} />
    </BarePage>
  );
}

/** What has a tick: what is known to be done by what the centre has, from whichever browser. */
function useIsDone(): (step: GuideStepName) => boolean {
  const { guide } = useSession();
  const lines = useEntities("trunk").data ?? [];
  const states = useLineStates();
  const rings = lines.some(
    (line) =>
      line.id !== testTrunkId &&
      lineWorks(
        line,
        states.find((state) => state.trunkId === line.id),
      ),
  );
  return (step) => {
    if (step === "account" || step === "centre") return true;
    // A carrier that does not answer brings no calls, whatever was saved.
    if (step === "number") return rings;
    return step !== "computers" && step !== "done" && guide?.[step] === "done";
  };
}

function StepBody({ step, onNext }: { step: Step; onNext: () => void }) {
  switch (step) {
    case "headset":
      return <HeadsetStep onNext={onNext} />;
    case "testCall":
      return <TestCallStep onNext={onNext} />;
    case "colleagues":
      return <ColleaguesStep onNext={onNext} />;
    case "customers":
      return <CustomersStep onNext={onNext} />;
    case "number":
      return <NumberStep onNext={onNext} />;
    case "computers":
      return <ComputersStep onNext={onNext} />;
    default:
      return <DoneStep />;
  }
}

function HeadsetStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  const headset = useHeadset();
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:headset.text")}</p>
      <HeadsetPanel />
      <StepFooter onNext={headset.kind === "ready" ? onNext : undefined} onLater={onNext} />
    </div>
  );
}

function CustomersStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  const has = useSession().guide?.customers === "done";
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:customers.text")}</p>
      <ImportCustomers onDone={onNext} />
      <StepFooter onNext={has ? onNext : undefined} onLater={onNext} />
    </div>
  );
}

function DoneStep() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:done.text")}</p>
      <div className={css["buttons"]} style={{ justifyContent: "flex-start" }}>
        <Button size="md" onClick={() => void navigate({ to: "/desk" })}>
          {t("guide:done.desk")}
        </Button>
        <Button size="md" variant="default" onClick={() => void navigate({ to: "/studio" })}>
          {t("guide:done.studio")}
        </Button>
      </div>
    </div>
  );
}
