import { MantineThemeProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** Short notices, in the middle below: there they cover neither the desk's bottom bar nor the buttons of a drawer. */
export function Notices() {
  const { t } = useTranslation();
  const close = t("common:action.close");
  const named = useMemo(
    () => ({ components: { Notification: { defaultProps: { closeButtonProps: { "aria-label": close } } } } }),
    [close],
  );
  return (
    <MantineThemeProvider theme={named}>
      <Notifications position="bottom-center" autoClose={6000} limit={3} className="notices" />
    </MantineThemeProvider>
  );
}
