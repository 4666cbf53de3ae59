import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** What the list shows, as a file for a spreadsheet. */
export function ExportButton({ href }: { href: string }) {
  const { t } = useTranslation();
  return (
    <Button component="a" href={href} download variant="default" leftSection={<IconDownload size={15} />}>
      {t("history:export")}
    </Button>
  );
}
