import "./ui/mantine.ts";
import "@mantine/notifications/styles.css";
import "./ui/fonts.css";
import "./ui/tokens.css";
import "./ui/base.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { makeQueryClient } from "./api/queries.ts";
import { startI18n } from "./i18n/index.ts";
import { router } from "./router.tsx";
import { startContrast } from "./ui/contrast.ts";
import { Notices } from "./ui/Notices.tsx";
import { cssVariables, theme } from "./ui/theme.ts";

// Schemas come later, with the pages. Told nothing, their library tries whether it may compile code; the page's policy
// forbids it, and Firefox writes that down as an error each time.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
startContrast();
await startI18n();
const queries = makeQueryClient();
const root = document.getElementById("root");
if (!root) throw new Error("the page has no root element");
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Notices />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
