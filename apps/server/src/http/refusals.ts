import { type RefusalReason, type SentenceCode, type SipRefusal, say } from "@centrala/contract";
import { saidOf } from "./doctor.ts";

const sentences: Readonly<Record<RefusalReason, readonly [what: SentenceCode, mend: SentenceCode]>> = {
  numberUnknown: ["REFUSED_NUMBER_UNKNOWN", "MEND_NUMBER_UNKNOWN"],
  lineBusy: ["REFUSED_LINE_BUSY", "MEND_LINE_BUSY"],
  sourceUnknown: ["REFUSED_SOURCE_UNKNOWN", "MEND_SOURCE_UNKNOWN"],
  passwordWrong: ["REFUSED_PASSWORD_WRONG", "MEND_PASSWORD_WRONG"],
  accountUnknown: ["REFUSED_ACCOUNT_UNKNOWN", "MEND_ACCOUNT_UNKNOWN"],
  paused: ["REFUSED_PAUSED", "MEND_PAUSED"],
  credentialsElsewhere: ["REFUSED_CREDENTIALS_ELSEWHERE", "MEND_CREDENTIALS_ELSEWHERE"],
  registersOther: ["REFUSED_REGISTERS_OTHER", "MEND_REGISTERS_OTHER"],
  overloaded: ["REFUSED_OVERLOADED", "MEND_OVERLOADED"],
  noCommonCodec: ["REFUSED_NO_COMMON_CODEC", "MEND_NO_COMMON_CODEC"],
  encryptionDemanded: ["REFUSED_ENCRYPTION_DEMANDED", "MEND_ENCRYPTION_DEMANDED"],
  soundUnreadable: ["REFUSED_SOUND_UNREADABLE", "MEND_SOUND_UNREADABLE"],
  soundRefused: ["REFUSED_SOUND_REFUSED", "MEND_SOUND_REFUSED"],
  extensionDemanded: ["REFUSED_EXTENSION_DEMANDED", "MEND_EXTENSION_DEMANDED"],
  notPermitted: ["REFUSED_NOT_PERMITTED", "MEND_NOT_PERMITTED"],
  malformed: ["REFUSED_MALFORMED", "MEND_MALFORMED"],
  notServed: ["REFUSED_NOT_SERVED", "MEND_NOT_SERVED"],
};

/** A refusal with what happened and what to do in words. */
export function refusalView(refusal: SipRefusal) {
  const { source, method, detail } = refusal;
  const params = {
    source,
    method,
    detail: detail === "" ? "–" : detail,
    called: refusal.called ?? "–",
    account: refusal.account ?? "–",
  };
  const [whatCode, mendCode] = sentences[refusal.reason];
  const [what, mend] = [say(whatCode, params), say(mendCode, params)];
  return { ...refusal, what: what.message, mend: mend.message, said: { what: saidOf(what), mend: saidOf(mend) } };
}
