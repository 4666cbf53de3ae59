import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from "@mantine/core";

const brand: MantineColorsTuple = [
  "#e9eefe",
  "#d3ddfd",
  "#a9bcfb",
  "#7d9bff",
  "#587bf4",
  "#4069ee",
  "#2f5bea",
  "#2850d4",
  "#1f42b5",
  "#183593",
];
const dark: MantineColorsTuple = [
  "#eef1f5",
  "#d5dae2",
  "#b3bbc8",
  "#929cab",
  "#3a4250",
  "#242a35",
  "#1d222b",
  "#171b22",
  "#13171d",
  "#101318",
];
const trouble: MantineColorsTuple = [
  "#fdeae8",
  "#fad1ce",
  "#f5a8a2",
  "#ff8a81",
  "#ea6259",
  "#d8453b",
  "#c8322b",
  "#b92820",
  "#9c1f18",
  "#7d1812",
];

/** Mantine dressed in the tokens of tokens.css; screens use the parts of this folder and never style by hand. */
export const theme = createTheme({
  fontFamily: "var(--font)",
  fontFamilyMonospace: 'ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", monospace',
  headings: { fontFamily: "var(--font)", fontWeight: "600" },
  primaryColor: "brand",
  primaryShade: { light: 6, dark: 3 },
  // Filled controls are dark in the light theme and light in the dark one; Mantine's own contrast knows only one of them.
  variantColorResolver: (input) => {
    const colours = defaultVariantColorsResolver(input);
    return input.variant === "filled" ? { ...colours, color: "var(--accent-ink)" } : colours;
  },
  colors: { brand, dark, trouble },
  defaultRadius: 7,
  fontSizes: { xs: "11.5px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" }, styles: { root: { fontWeight: 550, paddingInline: 12 } } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true, fz: "xs" } },
    // Hints stand below their field everywhere, so that fields beside one another stay on one line.
    InputWrapper: {
      defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] },
      styles: { label: { marginBottom: 4, fontWeight: 550 } },
    },
    Modal: {
      defaultProps: { centered: true, padding: "lg", overlayProps: { backgroundOpacity: 0.4 } },
      styles: { title: { fontSize: 15, fontWeight: 600 } },
    },
    Drawer: {
      defaultProps: { position: "right", padding: "lg", overlayProps: { backgroundOpacity: 0.3 } },
      styles: { title: { fontSize: 15, fontWeight: 600 } },
    },
    // A placeholder for the focus is no menu item, which readers would count; the first item takes it.
    Menu: { defaultProps: { shadow: "md", withinPortal: true, withInitialFocusPlaceholder: false } },
  },
});

const roles = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-bright": "var(--ink)",
  "--mantine-color-dimmed": "var(--ink-3)",
  "--mantine-color-placeholder": "var(--ink-3)",
  "--mantine-color-anchor": "var(--accent)",
  "--mantine-color-default": "var(--raised)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-default-color": "var(--ink)",
  "--mantine-color-default-border": "var(--line-strong)",
  "--mantine-color-error": "var(--trouble)",
};
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: roles, dark: roles });
