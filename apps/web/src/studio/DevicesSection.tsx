import type { Device, ResponseOf } from "@centrala/contract";
import { Button } from "@mantine/core";
import { IconDeviceLandlinePhone, IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useEntities } from "../api/queries.ts";
import { type Column, CopyField, ErrorNote, QrCode } from "../ui/index.ts";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import { ChoiceField, choicesOf, TextField } from "./fields.tsx";
import css from "./studio.module.css";

type StoredDevice = Device & { hasPassword?: boolean };

export function DevicesSection() {
  const { t } = useTranslation();
  const users = useEntities("user");
  const userOf = (device: Device) => users.data?.find((user) => user.id === device.userId)?.name ?? "–";
  const columns: Column<Device>[] = [
    { id: "name", header: t("studio:devices.name"), width: "minmax(120px, 1.5fr)", render: (row) => row.name },
    { id: "user", header: t("studio:devices.user"), width: "minmax(120px, 1.5fr)", render: userOf },
    {
      id: "username",
      header: t("studio:devices.username"),
      width: "minmax(110px, 1fr)",
      from: 520,
      render: (row) => row.username,
    },
    {
      id: "password",
      header: t("studio:devices.secret"),
      width: "minmax(130px, 1fr)",
      from: 700,
      render: (row) => (
        <span className="muted">
          {t((row as StoredDevice).hasPassword === false ? "studio:devices.none" : "studio:devices.shared")}
        </span>
      ),
    },
  ];
  return (
    <EntitySection
      kind="device"
      section="devices"
      icon={IconDeviceLandlinePhone}
      columns={columns}
      textOf={(row) => `${row.name} ${row.username} ${userOf(row)}`}
      nameOf={(row) => row.name}
      make={() => ({ id: "", userId: "", name: t("studio:devices.add"), username: freshUsername(), password: null })}
      Editor={DeviceEditor}
      confirmRemoval
      staysOpen
      size={520}
    />
  );
}

/** A user name nobody guesses: scanners on the internet try short numbers first. */
function freshUsername(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return `phone-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function DeviceEditor({ form, isNew }: EditorProps<Device>) {
  const { t } = useTranslation();
  const users = useEntities("user");
  return (
    <>
      <TextField form={form} name="name" label={t("studio:devices.name")} maxLength={120} autoFocus={isNew} />
      <ChoiceField form={form} name="userId" label={t("studio:devices.user")} data={choicesOf(users.data)} />
      <TextField
        form={form}
        name="username"
        label={t("studio:devices.username")}
        hint={t("studio:devices.usernameHint")}
        maxLength={64}
      />
      <fieldset className={css["part"]}>
        <legend>{t("studio:devices.credentials")}</legend>
        {isNew ? <p className="muted">{t("studio:devices.saveFirst")}</p> : <Credentials id={form.value.id} />}
      </fieldset>
    </>
  );
}

function Credentials({ id }: { id: string }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<ResponseOf<"deviceCredentials"> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const make = async () => {
    setPending(true);
    setError(null);
    await call("deviceCredentials", { params: { id } }).then(setShown, setError);
    setPending(false);
  };
  if (!shown) {
    return (
      <>
        <p className="soft">{t("studio:devices.passwordText")}</p>
        <ErrorNote error={error} />
        <Button
          variant="default"
          leftSection={<IconKey size={15} />}
          loading={pending}
          onClick={() => void make()}
          style={{ justifySelf: "start" }}
        >
          {t("studio:devices.password")}
        </Button>
      </>
    );
  }
  return (
    <div className={css["share"]}>
      <div>
        <CopyField label={t("studio:devices.server")} value={shown.server} />
        <div className={css["pair"]}>
          <CopyField label={t("studio:devices.port")} value={String(shown.port)} />
          <CopyField label={t("studio:devices.transport")} value={shown.transport.toUpperCase()} />
        </div>
        <CopyField label={t("studio:devices.username")} value={shown.username} />
        <CopyField label={t("studio:devices.secret")} value={shown.password} />
      </div>
      <div>
        <QrCode value={sipUri(shown)} label={t("studio:devices.qr")} size={148} />
        <p className={css["small"]} style={{ maxWidth: 174 }}>
          {t("studio:devices.qrText")}
        </p>
      </div>
    </div>
  );
}

function sipUri(shown: ResponseOf<"deviceCredentials">): string {
  const { username, password, server, port, transport } = shown;
  return `sip:${encodeURIComponent(username)}:${encodeURIComponent(password)}@${server}:${port};transport=${transport}`;
}
