export * from "./auth.ts";
export * from "./build.ts";
export * from "./contact.ts";
export { Headers } from "./headers.ts";
export * from "./message.ts";
export * from "./multipart.ts";
export { canonicalName, wireName } from "./names.ts";
export { formatParams, parseParams } from "./params.ts";
export {
  headerLinesMax,
  messageBytesMax,
  type ParseFailure,
  type ParseResult,
  parseMessage,
} from "./parse.ts";
export { serialise } from "./serialise.ts";
export { StreamParser } from "./stream.ts";
export * from "./validate.ts";
export * from "./values.ts";
