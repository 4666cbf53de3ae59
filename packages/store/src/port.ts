// The port, by subject: types only, and the limits that callers have to know.
export * from "./port/access.ts";
export * from "./port/configuration.ts";
export * from "./port/contacts.ts";
export * from "./port/imports.ts";
export * from "./port/journal.ts";
export * from "./port/page.ts";
export * from "./port/people.ts";
export * from "./port/projector.ts";
export * from "./port/scope.ts";
export * from "./port/store.ts";
export * from "./port/telephony.ts";
