import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconDeviceDesktop, IconLanguage, IconMoon, IconSun } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { changeLanguage, languageNames, languages } from "../i18n/index.ts";

/** The interface's language, each named in itself. */
export function LanguageSwitch({ onChange }: { onChange?: (language: (typeof languages)[number]) => void }) {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="right-end">
      <Menu.Target>
        <Tooltip label={t("common:language")} position="right">
          <ActionIcon size={36} aria-label={t("common:language")}>
            <IconLanguage size={19} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
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
      </Menu.Dropdown>
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
  return (
    <Menu position="right-end">
      <Menu.Target>
        <Tooltip label={t("common:theme.title")} position="right">
          <ActionIcon size={36} aria-label={t("common:theme.title")}>
            <Current size={19} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map(({ value, icon: Icon }) => (
          <Menu.Item key={value} leftSection={<Icon size={15} />} onClick={() => setColorScheme(value)}>
            {t(`common:theme.${value}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
