import type { Disposition, Queue } from "@centrala/contract";
import { ActionIcon, Button, Checkbox, NumberInput, Select, Tabs, TextInput } from "@mantine/core";
import { IconArrowUp, IconListDetails, IconPlus, IconX } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { urlOf } from "../api/call.ts";
import { useEntities } from "../api/queries.ts";
import { type Column, formatLength } from "../ui/index.ts";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import {
  ChoiceField,
  choicesOf,
  type Form,
  NumberField,
  SwitchField,
  TextField,
  useLanguageChoices,
  useRecordingChoices,
} from "./fields.tsx";
import { keyOf } from "./keys.ts";
import { ListenButton } from "./listen.tsx";
import { PromptRefs, usePromptWords } from "./PromptRefs.tsx";
import { SkillLevels } from "./SkillLevels.tsx";
import css from "./studio.module.css";

export function QueuesSection() {
  const { t } = useTranslation();
  const clients = useEntities("client");
  const clientOf = (queue: Queue) =>
    clients.data?.find((client) => client.id === queue.clientId)?.name ?? queue.clientId;
  const columns: Column<Queue>[] = [
    { id: "name", header: t("studio:queues.name"), width: "minmax(130px, 1.6fr)", render: (row) => <b>{row.name}</b> },
    { id: "client", header: t("studio:queues.client"), width: "minmax(100px, 1fr)", from: 520, render: clientOf },
    {
      id: "operators",
      header: t("studio:queues.operators"),
      width: "minmax(110px, 1fr)",
      render: (row) =>
        row.operators.length > 0 ? (
          t("studio:queues.count", { count: row.operators.length })
        ) : (
          <span style={{ color: "var(--offered)" }} title={t("studio:queues.noOperators")}>
            {t("studio:queues.count", { count: 0 })}
          </span>
        ),
    },
    {
      id: "target",
      header: t("studio:queues.target"),
      width: "120px",
      from: 700,
      render: (row) => (
        <span className="num">
          {row.serviceLevel.percent}/{Math.round(row.serviceLevel.withinMs / 1000)}
        </span>
      ),
    },
    {
      id: "wrapUp",
      header: t("studio:queues.wrapUp"),
      width: "minmax(110px, 150px)",
      from: 860,
      render: (row) => <span className="num">{formatLength(row.wrapUpMsMax)}</span>,
    },
  ];
  return (
    <EntitySection
      kind="queue"
      section="queues"
      icon={IconListDetails}
      columns={columns}
      textOf={(row) => `${row.name} ${clientOf(row)}`}
      nameOf={(row) => row.name}
      ready={clients.data !== undefined}
      make={() => newQueue(clients.data?.[0]?.id ?? "")}
      Editor={QueueEditor}
      size={680}
    />
  );
}

function newQueue(clientId: string): Queue {
  return {
    id: "",
    name: "",
    clientId,
    language: null,
    music: "calm",
    welcome: [{ kind: "sound", name: "please-wait" }],
    announcements: [{ kind: "sound", name: "thank-you-waiting" }],
    announceEveryMs: 30_000,
    announcePosition: true,
    ringTimeoutMs: 20_000,
    wrapUpMsMax: 60_000,
    waitingMax: 200,
    waitMsMax: 300_000,
    recording: null,
    leaveWhenNobody: false,
    serviceLevel: { percent: 80, withinMs: 20_000 },
    missesMax: 2,
    requires: [],
    operators: [],
    tierWaitMs: 15_000,
    dispositions: [],
  };
}

type PartProps = { form: Form<Queue> };
const parts = [
  { id: "basic", Part: Basics },
  { id: "people", Part: People },
  { id: "hears", Part: Hears },
  { id: "limits", Part: Limits },
  { id: "results", Part: Results },
] as const;

function QueueEditor({ form, isNew }: EditorProps<Queue>) {
  const { t } = useTranslation();
  return (
    <>
      <TextField form={form} name="name" label={t("studio:queues.name")} maxLength={120} autoFocus={isNew} />
      <Tabs defaultValue="basic">
        <Tabs.List mb={14} className={css["tabs"] ?? ""}>
          {parts.map((part) => (
            <Tabs.Tab key={part.id} value={part.id} px={10}>
              {t(`studio:queues.part.${part.id}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {parts.map(({ id, Part }) => (
          <Tabs.Panel key={id} value={id} style={{ display: "grid", gap: 14 }}>
            <Part form={form} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}

function Basics({ form }: PartProps) {
  const { t } = useTranslation();
  const clients = useEntities("client");
  const { serviceLevel } = form.value;
  const setLevel = (change: Partial<Queue["serviceLevel"]>) =>
    form.set({ serviceLevel: { ...serviceLevel, ...change } });
  return (
    <>
      <ChoiceField form={form} name="clientId" label={t("studio:queues.client")} data={choicesOf(clients.data)} />
      <ChoiceField
        form={form}
        name="language"
        label={t("studio:queues.language")}
        none={t("studio:language.centre")}
        data={useLanguageChoices()}
      />
      <ChoiceField
        form={form}
        name="recording"
        label={t("studio:recording.label")}
        hint={t("studio:recording.hintQueue")}
        none={t("studio:recording.asNumber")}
        data={useRecordingChoices()}
      />
      <div>
        <div className={css["label"]}>{t("studio:queues.target")}</div>
        <div className={css["line"]}>
          <NumberInput
            aria-label={t("studio:queues.percent")}
            w={110}
            min={1}
            max={100}
            suffix=" %"
            value={serviceLevel.percent}
            error={form.problem("serviceLevel.percent")}
            onChange={(percent) => typeof percent === "number" && setLevel({ percent })}
          />
          <span>{t("studio:queues.within")}</span>
          <NumberInput
            aria-label={t("studio:queues.within")}
            w={150}
            min={1}
            max={3600}
            suffix={` ${t("studio:unit.seconds")}`}
            value={serviceLevel.withinMs / 1000}
            error={form.problem("serviceLevel.withinMs")}
            onChange={(seconds) => typeof seconds === "number" && setLevel({ withinMs: seconds * 1000 })}
          />
        </div>
      </div>
    </>
  );
}

function People({ form }: PartProps) {
  const { t } = useTranslation();
  const users = useEntities("user");
  const { operators } = form.value;
  const able = (users.data ?? []).filter((user) => user.roles.includes("operator"));
  const free = able.filter((user) => !operators.some((each) => each.userId === user.id));
  const nameOf = (id: string) => users.data?.find((user) => user.id === id)?.name ?? id;
  const setTier = (userId: string, tier: number) =>
    form.set({ operators: operators.map((each) => (each.userId === userId ? { ...each, tier } : each)) });
  return (
    <>
      <div>
        <div className={css["label"]}>{t("studio:queues.operators")}</div>
        <p className={css["small"]}>
          {t("studio:queues.operatorsHint", { seconds: Math.round(form.value.tierWaitMs / 1000) })}
        </p>
        <div className={css["lines"]} style={{ maxHeight: 280, overflow: "auto", marginTop: 6 }}>
          {operators.map((operator) => (
            <div className={css["line"]} key={operator.userId}>
              <span className={`${css["grow"]} ellipsis`}>{nameOf(operator.userId)}</span>
              <Select
                size="xs"
                w={104}
                aria-label={`${nameOf(operator.userId)}: ${t("studio:queues.tier", { tier: operator.tier })}`}
                data={Array.from({ length: 9 }, (_, index) => ({
                  value: String(index + 1),
                  label: t("studio:queues.tier", { tier: index + 1 }),
                }))}
                value={String(operator.tier)}
                onChange={(tier) => tier && setTier(operator.userId, Number(tier))}
                allowDeselect={false}
              />
              <ActionIcon
                size={28}
                aria-label={t("studio:ref.remove", { name: nameOf(operator.userId) })}
                onClick={() => form.set({ operators: operators.filter((each) => each !== operator) })}
              >
                <IconX size={15} />
              </ActionIcon>
            </div>
          ))}
        </div>
        {free.length > 0 ? (
          <div className={css["line"]} style={{ marginTop: 6 }}>
            <Select
              className={css["grow"] ?? ""}
              aria-label={t("studio:queues.addOperator")}
              placeholder={t("studio:queues.addOperator")}
              data={choicesOf(free)}
              value={null}
              searchable
              limit={100}
              onChange={(userId) => {
                if (userId) form.set({ operators: [...operators, { userId, tier: 1 }] });
              }}
            />
            <Button
              variant="default"
              onClick={() =>
                form.set({ operators: [...operators, ...free.map((user) => ({ userId: user.id, tier: 1 }))] })
              }
            >
              {t("studio:queues.everybody")}
            </Button>
          </div>
        ) : null}
      </div>
      <SkillLevels
        label={t("studio:queues.requires")}
        hint={t("studio:queues.requiresHint")}
        value={form.value.requires}
        onChange={(requires) => form.set({ requires })}
      />
      <div className={css["pair"]}>
        <Seconds form={form} name="ringTimeoutMs" label={t("studio:queues.ringTimeout")} min={5} max={120} />
        <Seconds form={form} name="tierWaitMs" label={t("studio:queues.tierWait")} min={0} max={600} />
        <NumberField form={form} name="missesMax" label={t("studio:queues.missesMax")} min={1} max={20} />
      </div>
    </>
  );
}

type SecondsName = "ringTimeoutMs" | "tierWaitMs" | "announceEveryMs" | "wrapUpMsMax" | "waitMsMax";
function Seconds(props: {
  form: Form<Queue>;
  name: SecondsName;
  label: string;
  min: number;
  max: number;
  hint?: string;
}) {
  const { t } = useTranslation();
  return <NumberField {...props} factor={1000} unit={t("studio:unit.seconds")} />;
}

/** Shipped music has a name in each language; what a file names otherwise stands as it is. */
function musicName(t: TFunction, name: string): string {
  return name === "calm" || name === "bright" ? t(`studio:music.${name}`) : name;
}

function Hears({ form }: PartProps) {
  const { t } = useTranslation();
  const words = usePromptWords(form.value.language);
  return (
    <>
      <div className={css["line"]} style={{ alignItems: "end" }}>
        <div className={css["grow"]}>
          <ChoiceField
            form={form}
            name="music"
            label={t("studio:queues.music")}
            data={[...new Set([...words.music, form.value.music])].map((name) => ({
              value: name,
              label: musicName(t, name),
            }))}
          />
        </div>
        <ListenButton
          size={34}
          src={urlOf("soundAudio", { params: { language: "en", name: form.value.music } })}
          name={musicName(t, form.value.music)}
        />
      </div>
      <PromptRefs
        label={t("studio:queues.welcome")}
        value={form.value.welcome}
        onChange={(welcome) => form.set({ welcome })}
        language={form.value.language}
        max={5}
      />
      <PromptRefs
        label={t("studio:queues.announcements")}
        value={form.value.announcements}
        onChange={(announcements) => form.set({ announcements })}
        language={form.value.language}
        max={10}
      />
      <Seconds form={form} name="announceEveryMs" label={t("studio:queues.announceEvery")} min={10} max={600} />
      <SwitchField form={form} name="announcePosition" label={t("studio:queues.announcePosition")} />
    </>
  );
}

function Limits({ form }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <Seconds form={form} name="wrapUpMsMax" label={t("studio:queues.wrapUp")} min={0} max={3600} />
      <NumberField form={form} name="waitingMax" label={t("studio:queues.waitingMax")} min={1} max={10_000} />
      <Seconds
        form={form}
        name="waitMsMax"
        label={t("studio:queues.waitMax")}
        hint={t("studio:queues.waitMaxHint")}
        min={5}
        max={86_400}
      />
      <SwitchField form={form} name="leaveWhenNobody" label={t("studio:queues.leaveWhenNobody")} />
    </>
  );
}

function Results({ form }: PartProps) {
  const { t } = useTranslation();
  const { dispositions } = form.value;
  const set = (next: Disposition[]) => form.set({ dispositions: next });
  const change = (index: number, values: Partial<Disposition>) =>
    set(dispositions.map((each, at) => (at === index ? { ...each, ...values } : each)));
  const up = (index: number) => {
    const next = [...dispositions];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index - 1, 0, moved);
    set(next);
  };
  const add = () => {
    const taken = dispositions.map((each) => each.id);
    set([...dispositions, { id: keyOf("", taken, "result"), name: "", solved: true }]);
  };
  return (
    <div className={css["lines"]}>
      <div className={css["label"]}>{t("studio:queues.results")}</div>
      {dispositions.map((disposition, index) => (
        <div className={css["line"]} key={disposition.id}>
          <TextInput
            className={css["grow"] ?? ""}
            aria-label={`${t("studio:queues.resultName")} ${index + 1}`}
            value={disposition.name}
            maxLength={120}
            error={form.problem(`dispositions.${index}.name`)}
            onChange={(event) => change(index, { name: event.currentTarget.value })}
          />
          <Checkbox
            label={t("studio:queues.solved")}
            checked={disposition.solved}
            onChange={(event) => change(index, { solved: event.currentTarget.checked })}
          />
          {index > 0 ? (
            <ActionIcon
              size={28}
              aria-label={t("studio:queues.up", { name: disposition.name })}
              onClick={() => up(index)}
            >
              <IconArrowUp size={15} />
            </ActionIcon>
          ) : (
            <span style={{ width: 28 }} />
          )}
          <ActionIcon
            size={28}
            aria-label={t("studio:ref.remove", { name: disposition.name })}
            onClick={() => set(dispositions.filter((each) => each !== disposition))}
          >
            <IconX size={15} />
          </ActionIcon>
        </div>
      ))}
      {dispositions.length < 100 ? (
        <Button variant="subtle" leftSection={<IconPlus size={14} />} onClick={add} style={{ justifySelf: "start" }}>
          {t("studio:queues.addResult")}
        </Button>
      ) : null}
    </div>
  );
}
