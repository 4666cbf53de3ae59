export { createHeadset, Headset, type HeadsetEvent, type HeadsetOptions, type SoundDevice } from "./headset.ts";
export type { HeadsetFailure } from "./headsetFailure.ts";
export { Ringer } from "./ringer.ts";
