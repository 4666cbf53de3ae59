import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressed, stylesBeforeTheApp } from "./compressed.ts";
import { routesTable } from "./routes-table.ts";

const server = process.env["CENTRALA_DEV_SERVER"] ?? "http://localhost:8080";

export default defineConfig({
  // The server writes where the app lies below its host into the page: see the server's web-app.ts.
  base: "./",
  plugins: [react(), routesTable(), stylesBeforeTheApp(), compressed()],
  build: { outDir: "dist", emptyOutDir: true, chunkSizeWarningLimit: 900 },
  server: { port: 5173, proxy: { "/api": { target: server, ws: true } } },
});
