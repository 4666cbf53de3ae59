import { Accordion, Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { urlOf } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { CopyField, ErrorNote, QrCode, RowSkeletons } from "../ui/index.ts";
import css from "./guide.module.css";
import { StepFooter } from "./StepFooter.tsx";

const systems = ["windows", "macos", "linux", "firefox", "android", "ios"] as const;

/** How a second computer opens the page without a warning: explained here before its browser does. */
export function ComputersStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  const system = useRoute("system", {});
  const local = system.data?.certificate.kind === "local";
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:computers.text")}</p>
      <ErrorNote error={system.error} onRetry={() => void system.refetch()} />
      {system.data ? (
        <div className={css["pair"]}>
          <div className={css["form"]} style={{ alignContent: "start" }}>
            <CopyField label={t("guide:computers.address")} value={system.data.httpsUrl} />
            {local ? (
              <>
                <Button
                  component="a"
                  variant="default"
                  href={urlOf("authority")}
                  download="centrala-authority.crt"
                  leftSection={<IconDownload size={16} />}
                  style={{ justifySelf: "start" }}
                >
                  {t("guide:computers.download")}
                </Button>
                <p className="muted">{t("guide:computers.warning")}</p>
              </>
            ) : (
              <p>{t("guide:computers.given")}</p>
            )}
          </div>
          <span>
            <QrCode value={system.data.httpsUrl} label={t("guide:computers.address")} size={132} />
          </span>
        </div>
      ) : (
        <RowSkeletons rows={3} />
      )}
      {local ? <Instructions /> : null}
      {local && system.data?.certificate.authorityFingerprint ? (
        <CopyField label={t("guide:computers.compare")} value={system.data.certificate.authorityFingerprint} />
      ) : null}
      <StepFooter onNext={onNext} onLater={onNext} />
    </div>
  );
}

function Instructions() {
  const { t } = useTranslation();
  return (
    <Accordion variant="separated">
      {systems.map((system) => (
        <Accordion.Item key={system} value={system}>
          <Accordion.Control>{t(`guide:computers.os.${system}`)}</Accordion.Control>
          <Accordion.Panel>{t(`guide:computers.how.${system}`)}</Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
