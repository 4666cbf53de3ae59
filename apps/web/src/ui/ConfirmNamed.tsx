import { Button, Group, Modal, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "./ErrorNote.tsx";

type ConfirmNamedProps = {
  opened: boolean;
  /** Names the thing: "Remove the queue “Orders”?" */
  title: ReactNode;
  text?: ReactNode;
  confirmLabel: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
};

/** Asks only for what can't be undone, naming the thing. Focus starts on the harmless button. */
export function ConfirmNamed(props: ConfirmNamedProps) {
  const { t } = useTranslation();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setError(null);
    props.onClose();
  };
  const confirm = async () => {
    setPending(true);
    setError(null);
    await props.onConfirm().then(close, setError);
    setPending(false);
  };
  return (
    <Modal
      opened={props.opened}
      onClose={close}
      title={props.title}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      {props.text ? (
        <Text size="sm" mb="md">
          {props.text}
        </Text>
      ) : null}
      <ErrorNote error={error} />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close} data-autofocus>
          {t("common:action.cancel")}
        </Button>
        <Button color="trouble" loading={pending} onClick={() => void confirm()}>
          {props.confirmLabel}
        </Button>
      </Group>
    </Modal>
  );
}
