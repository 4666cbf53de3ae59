export * from "./dialog.ts";
