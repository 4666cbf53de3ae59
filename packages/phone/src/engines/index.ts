export { EmbeddedEngine, type EmbeddedEngineOptions } from "./embedded/engine.ts";
export type { EngineStartCode } from "./embedded/messages.ts";
export { type PortRange, parseRtpPorts } from "./embedded/ports.ts";
export { type RecordingCode, repairRecording, type SealedRecording } from "./embedded/recording-file.ts";
export { type DtlsCertificate, newDtlsCertificate } from "./embedded/webrtc/index.ts";
