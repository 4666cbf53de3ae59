export { SignallingService } from "./service.ts";
export type {
  DialDevice,
  DialTrunk,
  LogLevel,
  NameResolver,
  SignallingCounters,
  SignallingEvent,
  SignallingOptions,
  StoredBinding,
  TracedMessage,
} from "./types.ts";
