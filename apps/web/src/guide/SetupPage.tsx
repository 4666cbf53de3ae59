import { type SessionView, testTrunkId } from "@centrala/contract";
import { Button } from "@mantine/core";
import { IconCircleCheckFilled } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useEntities, useRoute } from "../api/queries.ts";
import { SessionContext, useSession, useSessionQuery } from "../api/session.tsx";
import { BarePage } from "../auth/BarePage.tsx";
import { CommandsContext, useCommandRunner } from "../desk/commands.ts";
import { HeadsetPanel } from "../desk/HeadsetPanel.tsx";
import { useHeadsetDuty } from "../desk/useHeadsetDuty.ts";
import { LiveGate } from "../live/LiveGate.tsx";
import { useLive } from "../live/store.ts";
import { lineWorks, useLineStates } from "../studio/lineState.tsx";
import { ErrorNote, RowSkeletons } from "../ui/index.ts";
import { ColleaguesStep } from "./ColleaguesStep.tsx";
import { ComputersStep } from "./ComputersStep.tsx";
import { FirstSteps } from "./FirstSteps.tsx";
import { useGuideDone } from "./GuideCard.tsx";
import css from "./guide.module.css";
import { ImportCustomers } from "./ImportCustomers.tsx";
import { NumberStep } from "./NumberStep.tsx";
import { StepFooter } from "./StepFooter.tsx";
import { TestCallStep } from "./TestCallStep.tsx";

const steps = ["headset", "testCall", "colleagues", "customers", "number", "computers", "done"] as const;
type Step = (typeof steps)[number];

/** The set-up guide: account and centre first, then, signed in, everything up to the first call and one's own number. */
export function Page() {
  const session = useSessionQuery();
  const setup = useRoute("setupState", {});
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
  return (
    <FirstSteps
      token={token}
      onDone={() => void navigate({ to: "/setup", search: { step: "headset" }, replace: true })}
    />
  );
}

function Inside({ session }: { session: SessionView }) {
  const commands = useCommandRunner();
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
  useEffect(() => {
    // A new step begins at its heading, for eyes and screen readers alike.
    if (step) window.scrollTo({ top: 0 });
  }, [step]);
  return (
    <BarePage wide title={t(`guide:${step}.title`)}>
      <StepBar current={step} onStep={setStep} />
      <StepBody step={step} onNext={next} />
    </BarePage>
  );
}

function StepBar({ current, onStep }: { current: Step; onStep: (step: Step) => void }) {
  const { t } = useTranslation();
  const { guide } = useSession();
  const lines = useEntities("trunk").data ?? [];
  const states = useLineStates();
  const stateOf = (line: { id: string }) => states.find((state) => state.trunkId === line.id);
  const numberRings = lines.some((line) => line.id !== testTrunkId && lineWorks(line, stateOf(line)));
  const isDone = (step: Step) => {
    if (step === "number") return guide?.number === false && numberRings;
    return step === "testCall" || step === "colleagues" || step === "customers" ? guide?.[step] === false : false;
  };
  return (
    <nav aria-label={t("guide:steps")}>
      <ol className={css["steps"]}>
        {(["account", "centre"] as const).map((step) => (
          <li key={step}>
            <span>
              <IconCircleCheckFilled size={14} aria-hidden="true" />
              {t(`guide:step.${step}`)}
            </span>
          </li>
        ))}
        {steps.map((step) => (
          <li key={step}>
            <button type="button" aria-current={step === current ? "step" : undefined} onClick={() => onStep(step)}>
              {isDone(step) ? <IconCircleCheckFilled size={14} aria-hidden="true" /> : null}
              {t(`guide:step.${step}`)}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function StepBody({ step, onNext }: { step: Step; onNext: () => void }) {
  const done = useGuideDone();
  const finish = (which: "testCall" | "colleagues" | "customers" | "number") => () => {
    void done(which);
    onNext();
  };
  switch (step) {
    case "headset":
      return <HeadsetStep onNext={onNext} />;
    case "testCall":
      return <TestCallStep onDone={finish("testCall")} onLater={onNext} />;
    case "colleagues":
      return <ColleaguesStep onDone={finish("colleagues")} onLater={onNext} />;
    case "customers":
      return <CustomersStep onDone={finish("customers")} onLater={onNext} />;
    case "number":
      return <NumberStep onDone={finish("number")} onLater={onNext} />;
    case "computers":
      return <ComputersStep onNext={onNext} />;
    default:
      return <DoneStep />;
  }
}

function HeadsetStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:headset.text")}</p>
      <HeadsetPanel />
      <StepFooter onNext={onNext} onLater={onNext} />
    </div>
  );
}

function CustomersStep({ onDone, onLater }: { onDone: () => void; onLater: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:customers.text")}</p>
      <ImportCustomers onDone={onDone} />
      <StepFooter onLater={onLater} />
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
