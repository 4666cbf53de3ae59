export * from "./registrar.ts";
