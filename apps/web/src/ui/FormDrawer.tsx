import { Button, Drawer } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "./ErrorNote.tsx";
import css from "./ui.module.css";

type FormDrawerProps = {
  opened: boolean;
  title: ReactNode;
  onClose: () => void;
  /** Rejecting shows the error inside the drawer and keeps what was typed. */
  onSubmit: () => Promise<unknown>;
  submitLabel?: string;
  children: ReactNode;
  extra?: ReactNode;
  size?: number | string;
  disabled?: boolean;
};

/** A form on the right: Enter submits, the button waits while it is sent, errors stay inside. */
export function FormDrawer(props: FormDrawerProps) {
  const { t } = useTranslation();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setError(null);
    props.onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (pending) return;
    setPending(true);
    setError(null);
    await props.onSubmit().then(close, setError);
    setPending(false);
  };
  return (
    <Drawer
      opened={props.opened}
      onClose={close}
      title={props.title}
      size={props.size ?? 460}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <form onSubmit={(event) => void submit(event)} style={{ display: "grid", gap: 14 }} noValidate>
        {props.children}
        <ErrorNote error={error} />
        <div className={css["drawerFooter"]}>
          {props.extra}
          <span style={{ flex: 1 }} />
          <Button variant="default" onClick={close}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={pending} disabled={props.disabled ?? false}>
            {props.submitLabel ?? t("common:action.save")}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}
