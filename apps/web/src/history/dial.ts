import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { command } from "../live/store.ts";
import { useErrorText } from "../ui/index.ts";

type DialOptions = { name: string; customerId?: string | null; missedContactId?: string | null };

/** Calls a number and goes to the desk, where the call is; says why when it cannot. */
export function useDial(): (number: string, options: DialOptions) => Promise<void> {
  const navigate = useNavigate();
  const text = useErrorText();
  const { t } = useTranslation();
  return async (number, { name, customerId = null, missedContactId = null }) => {
    try {
      await command("dial", { body: { target: { kind: "number", number }, customerId, missedContactId } });
      notifications.show({ message: t("history:call.started", { name }), color: "brand" });
      await navigate({ to: "/desk" });
    } catch (error) {
      notifications.show({ message: text(error), color: "trouble" });
    }
  };
}
