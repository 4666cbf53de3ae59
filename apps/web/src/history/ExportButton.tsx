import type { Language } from "@centrala/contract";
import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

export type ExportLook = { readonly format: "csv" | "xlsx"; readonly language: Language };

/** What the list shows, as a file for a spreadsheet, in the language of the page. */
export function ExportButton({ hrefOf }: { hrefOf: (look: ExportLook) => string }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language as Language;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={15} />}
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
        >
          {t("history:export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label={t("history:export")}>
        {(["xlsx", "csv"] as const).map((format) => (
          <Menu.Item key={format} component="a" href={hrefOf({ format, language })} download>
            {t(`history:exportAs.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
