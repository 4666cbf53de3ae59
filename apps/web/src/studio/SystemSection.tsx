import type { ResponseOf } from "@centrala/contract";
import { Anchor, Button } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheckFilled, IconCircleDashed, IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { urlOf } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { said } from "../i18n/said.ts";
import { ErrorNote, PageHeader, RowSkeletons, useFormat } from "../ui/index.ts";
import { Refusals } from "./Refusals.tsx";
import css from "./studio.module.css";
import { TrashPanel } from "./TrashPanel.tsx";

/** What the installation is, and what the doctor found, with how to mend it. */
export function SystemSection() {
  const { t } = useTranslation();
  const session = useSession();
  const system = useRoute("system", {});
  const doctor = useRoute("doctor", {}, { staleTime: 0 });
  const refusals = useRoute("refusals", {}, { staleTime: 0 });
  return (
    <>
      <PageHeader
        title={t("studio:system.title")}
        text={t("studio:system.text")}
        actions={
          <Button
            variant="default"
            leftSection={<IconRefresh size={15} />}
            loading={doctor.isFetching}
            onClick={() => {
              void doctor.refetch();
              void system.refetch();
              void refusals.refetch();
            }}
          >
            {t("studio:system.run")}
          </Button>
        }
      />
      <div className={css["page"]}>
        <section className={`card ${css["panel"]}`}>
          <h2>{t("studio:system.checks")}</h2>
          <ErrorNote error={doctor.error} onRetry={() => void doctor.refetch()} />
          {doctor.data ? <Checks checks={doctor.data.checks} /> : doctor.error ? null : <RowSkeletons rows={4} />}
        </section>
        <section className={`card ${css["panel"]}`}>
          <h2>{t("studio:system.refusals")}</h2>
          <p className="soft">{t("studio:system.refusalsText")}</p>
          <ErrorNote error={refusals.error} onRetry={() => void refusals.refetch()} />
          {refusals.data ? <Refusals {...refusals.data} /> : refusals.error ? null : <RowSkeletons rows={3} />}
        </section>
        <section className={`card ${css["panel"]}`}>
          <h2>{t("studio:system.addresses")}</h2>
          <ErrorNote error={system.error} onRetry={() => void system.refetch()} />
          {system.data ? <SystemFacts system={system.data} /> : system.error ? null : <RowSkeletons rows={6} />}
        </section>
        {may(session) ? <TrashPanel /> : null}
      </div>
    </>
  );
}

function Checks({ checks }: { checks: ResponseOf<"doctor">["checks"] }) {
  const { t } = useTranslation();
  const sorted = [...checks].sort((a, b) => Number(a.ok) - Number(b.ok));
  return (
    <ul className={css["checks"]}>
      {sorted.map((check) => (
        <li key={check.id}>
          {isUnknown(check) ? (
            <IconCircleDashed size={18} color="var(--ink-3)" aria-label={t("studio:system.unknown")} />
          ) : check.ok ? (
            <IconCircleCheckFilled size={18} color="var(--available)" aria-label={t("studio:system.ok")} />
          ) : (
            <IconAlertTriangle size={18} color="var(--trouble)" aria-label={t("studio:system.bad")} />
          )}
          <div>
            <b>{said(t, { ...check.said.title, message: check.title })}</b>{" "}
            <span className="soft">{said(t, { ...check.said.detail, message: check.detail })}</span>
            {check.said.mend && !check.ok ? (
              <div className={css["mend"]}>
                <b>{t("studio:system.mend")}:</b> {said(t, { ...check.said.mend, message: check.mend ?? "" })}
              </div>
            ) : null}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Nothing is wrong as far as is known, but nobody knows yet that it is right: no tick. */
function isUnknown({ ok, said: { detail } }: ResponseOf<"doctor">["checks"][number]): boolean {
  if (!ok) return false;
  if (detail.code === "REACH_NO_ADDRESS" || detail.code === "REACH_ROUTER") return true;
  const { registration, health } = detail.params ?? {};
  const isLine = detail.code === "TRUNK_STATE" || detail.code === "TRUNK_STATE_SIP";
  return isLine && registration !== "registered" && health === "unknown";
}

const gigabyte = 1e9;

function SystemFacts({ system }: { system: ResponseOf<"system"> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { certificate, disk } = system;
  const size = (bytes: number) =>
    t("studio:unit.gigabytes", { value: format.number(Math.round((bytes / gigabyte) * 10) / 10) });
  const from = t(`studio:system.from.${system.publicAddressFrom}`);
  const facts: [string, ReactNode][] = [
    [
      t("studio:system.web"),
      <Anchor key="web" href={system.httpUrl} size="sm">
        {system.httpUrl}
      </Anchor>,
    ],
    [
      t("studio:system.webOthers"),
      <Anchor key="others" href={system.httpsUrl} size="sm">
        {system.httpsUrl}
      </Anchor>,
    ],
    [t("studio:system.local"), system.localAddresses.join(", ") || "–"],
    [t("studio:system.public"), system.publicAddress ? `${system.publicAddress} (${from})` : from],
    [
      t("studio:system.reachableTitle"),
      `${t(`studio:system.reachable.${system.reachable}`)}. ${said(t, { ...system.reachableSaid, message: system.reachableWhy })}`,
    ],
    [t("studio:system.sip"), `${system.sipPort} (UDP, TCP), ${system.sipsPort} (TLS)`],
    [t("studio:system.rtp"), `${system.rtpPorts} (UDP)`],
    [
      t("studio:system.certificate"),
      `${t(`studio:system.cert.${certificate.kind}`)}, ${t("studio:system.validUntil", { date: format.date(certificate.validUntil) })}`,
    ],
    [t("studio:system.disk"), t("studio:system.ofTotal", { free: size(disk.freeBytes), total: size(disk.totalBytes) })],
    [t("studio:system.database"), said(t, { ...system.databaseSaid, message: system.database })],
    [t("studio:system.version"), system.version],
  ];
  return (
    <>
      <dl className={css["facts"]}>
        {facts.map(([label, value]) => (
          <Fact key={label} label={label} value={value} />
        ))}
      </dl>
      {certificate.kind === "local" ? (
        <div>
          <Anchor href={urlOf("authority")} download size="sm">
            {t("studio:system.authority")}
          </Anchor>
          {certificate.authorityFingerprint ? (
            <p className={css["small"]} style={{ overflowWrap: "anywhere" }}>
              {t("studio:system.fingerprint")}: {certificate.authorityFingerprint}
            </p>
          ) : null}
        </div>
      ) : null}
    </>
  );
}

function Fact({ label, value }: { label: string; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}
