export { createPhoneService } from "./phone-service.ts";
export type * from "./port.ts";
