import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env["CENTRALA_DEV_SERVER"] ?? "http://localhost:8080";

export default defineConfig({
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true, chunkSizeWarningLimit: 900 },
  server: { port: 5173, proxy: { "/api": { target: server, ws: true } } },
});
