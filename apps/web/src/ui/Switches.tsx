import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from "@mantine/core";
import {
  IconCheck,
  IconContrast2Filled,
  IconDeviceDesktop,
  IconLanguage,
  IconMoon,
  IconSun,
} from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { changeLanguage, languageNames, languages } from "../i18n/index.ts";
import { chooseContrast, useHighContrast } from "./contrast.ts";

/** The interface's language, each named in itself. */
export function LanguageSwitch({ onChange }: { onChange?: (language: (typeof languages)[number]) => void }) {
  const { t, i18n } = useTranslation();
  return (
    <RailMenu label={t("common:language")} icon={<IconLanguage size={19} stroke={1.7} />}>
      {languages.map((language) => (
        <Menu.Item
          key={language}
          lang={language}
          leftSection={i18n.language === language ? <IconCheck size={14} /> : <span style={{ width: 14 }} />}
          onClick={() => {
            void changeLanguage(language);
            onChange?.(language);
          }}
        >
          {languageNames[language]}
        </Menu.Item>
      ))}
    </RailMenu>
  );
}

type RailMenuProps = { label: string; icon: ReactNode; width?: number; children: ReactNode };
/** A button of the rail that opens a menu; its name is not shown over the open menu. */
export function RailMenu({ label, icon, width, children }: RailMenuProps) {
  const [opened, setOpened] = useState(false);
  return (
    <Menu position="right-end" opened={opened} onChange={setOpened} {...(width === undefined ? {} : { width })}>
      <Menu.Target>
        <Tooltip label={label} position="right" disabled={opened}>
          <ActionIcon size={36} aria-label={label}>
            {icon}
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

const schemes = [
  { value: "light", icon: IconSun },
  { value: "dark", icon: IconMoon },
  { value: "auto", icon: IconDeviceDesktop },
] as const;

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const current = schemes.find((scheme) => scheme.value === colorScheme) ?? schemes[2];
  const Current = current.icon;
  const more = useHighContrast();
  return (
    <RailMenu label={t("common:theme.title")} icon={<Current size={19} stroke={1.7} />}>
      {schemes.map(({ value, icon: Icon }) => (
        <Menu.Item
          key={value}
          leftSection={<Icon size={15} />}
          rightSection={value === current.value ? <IconCheck size={14} aria-label={t("common:theme.chosen")} /> : null}
          onClick={() => setColorScheme(value)}
        >
          {t(`common:theme.${value}`)}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Item
        leftSection={<IconContrast2Filled size={15} />}
        rightSection={more ? <IconCheck size={14} aria-label={t("common:theme.chosen")} /> : null}
        onClick={() => chooseContrast(!more)}
      >
        {t("common:theme.contrast")}
      </Menu.Item>
    </RailMenu>
  );
}
