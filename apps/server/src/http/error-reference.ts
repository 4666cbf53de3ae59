import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ContactEndCode, errorTable, type Fault, type LegEndCode, type RefusalCode } from "@centrala/contract";

export const errorReferenceUrl = new URL("../../../../docs/reference/errors.md", import.meta.url);

type Explained = { readonly fault: Fault; readonly text: string };

/** Why the core did not do what was asked; the compiler refuses a code that was forgotten. */
export const refusals: Readonly<Record<RefusalCode, Explained>> = {
  CONTACT_UNKNOWN: { fault: "client", text: "No running or recently ended contact has this id." },
  CONTACT_ENDED: { fault: "client", text: "The contact has ended meanwhile." },
  OFFER_OVER: { fault: "client", text: "The offer was answered, declined, withdrawn or rang out before." },
  NOT_YOURS: { fault: "client", text: "Only who takes part in the contact may do this." },
  NOT_TALKING: { fault: "client", text: "It can be done during a talk only." },
  NOT_IN_WRAP_UP: { fault: "client", text: "There is no wrap-up to finish." },
  OPERATOR_UNKNOWN: {
    fault: "client",
    text: "There is no operator of this id; people need the role operator to take calls.",
  },
  OPERATOR_BUSY: { fault: "operator", text: "The operator has another contact." },
  OPERATOR_OFFLINE: { fault: "operator", text: "The operator is off duty." },
  NO_DEVICE: { fault: "operator", text: "Neither headset nor SIP phone is connected." },
  QUEUE_UNKNOWN: { fault: "client", text: "There is no queue of this key." },
  NO_TRUNK: { fault: "technician", text: "No carrier's line is there to call out; see Lines in the studio." },
  ALREADY_CONSULTING: { fault: "client", text: "Somebody is being consulted already; end that first." },
  NOT_CONSULTING: { fault: "client", text: "Nobody is being consulted." },
  SAME_OPERATOR: { fault: "client", text: "One cannot call or transfer to oneself." },
  LIMIT_REACHED: {
    fault: "technician",
    text: "A limit of the centre is reached: contacts, legs of a contact, or waiting callers.",
  },
  DISPOSITION_UNKNOWN: { fault: "client", text: "This result is not in the queue's list." },
  BREAK_REASON_UNKNOWN: { fault: "client", text: "There is no break reason of this key." },
  NOT_RECORDING: { fault: "client", text: "No recording runs that could be paused." },
  NUMBER_UNKNOWN: { fault: "client", text: "The number shown to the called one is not one of the centre's." },
  TARGET_UNKNOWN: { fault: "client", text: "There is no such operator or queue to go to." },
  IN_CONFERENCE: { fault: "client", text: "It cannot be done while more than two talk." },
  NOT_IN_INTERNAL_CALL: { fault: "client", text: "It cannot be done in a call between colleagues." },
  COUNTRY_NOT_ALLOWED: {
    fault: "technician",
    text: "Calls to this country are not allowed; see Calls out in the studio.",
  },
  CLASS_NOT_ALLOWED: {
    fault: "technician",
    text: "Numbers of this kind (premium, satellite, codes of the carrier) are not allowed; see Calls out in the studio.",
  },
  NUMBER_NOT_ALLOWED: {
    fault: "operator",
    text: "It is no whole telephone number, or one that the centre has ruled out; see Calls out in the studio.",
  },
  OFF_DUTY: { fault: "operator", text: "Off duty, emergency numbers alone are dialled." },
  CALLS_AT_ONCE: {
    fault: "operator",
    text: "As many calls go on outside as may at once: of the person, the telephone, the line or the centre.",
  },
  CALLS_A_DAY: { fault: "technician", text: "The calls out of this day are used up; see Calls out in the studio." },
  MINUTES_A_DAY: { fault: "technician", text: "The minutes of this day are used up; see Calls out in the studio." },
  SPENDING_A_DAY: {
    fault: "technician",
    text: "What may be spent on calls this day is used up; see Calls out in the studio.",
  },
};

/** How contacts end, and whose it was. */
export const contactEnds: Readonly<Record<ContactEndCode, Explained>> = {
  CUSTOMER_HUNG_UP: { fault: "caller", text: "The customer hung up after talking." },
  OPERATOR_HUNG_UP: { fault: "operator", text: "The operator hung up after talking." },
  SCENARIO_ENDED: { fault: "centrala", text: "The call flow came to its end." },
  ABANDONED_IN_QUEUE: { fault: "caller", text: "The caller hung up while waiting." },
  ABANDONED_IN_SCENARIO: { fault: "caller", text: "The caller hung up during the call flow." },
  TRANSFERRED_OUTSIDE: { fault: "operator", text: "The call went on outside, without an operator." },
  BUSY: { fault: "caller", text: "The called one was busy." },
  NO_ANSWER: { fault: "caller", text: "The called one did not answer in time." },
  DECLINED: { fault: "caller", text: "The called one declined." },
  CANCELLED: { fault: "operator", text: "Whoever called gave up before the answer." },
  UNREACHABLE: {
    fault: "carrier",
    text: "The far end could not be reached: no route, no registration, DNS, or no answer to signalling.",
  },
  NUMBER_UNKNOWN: { fault: "caller", text: "The carrier does not know the number dialled." },
  TRUNK_REJECTED: {
    fault: "carrier",
    text: "The carrier refused the call; the ladder of the contact shows its answer.",
  },
  VOICEMAIL_LEFT: { fault: "caller", text: "The caller left a message." },
  MEDIA_FAILED: { fault: "technician", text: "No voice path could be agreed on: codecs, ports or addresses." },
  MEDIA_LOST: { fault: "carrier", text: "The voice of the far end stopped arriving." },
  SERVER_RESTARTED: { fault: "centrala", text: "The server was restarted during the call." },
  OVERLOADED: { fault: "technician", text: "The centre had no room for another call; the caller's carrier got 503." },
  SCENARIO_FAILED: { fault: "technician", text: "The call flow ran in a circle or led nowhere." },
  NOT_STORED: {
    fault: "centrala",
    text: "A step of the contact could not be stored, by a mistake of ours; it was ended so that all others go on. It is in the log.",
  },
  INTERNAL: { fault: "centrala", text: "A mistake of ours ended this contact alone; it is in the log." },
  OUTGOING_LIMIT: {
    fault: "technician",
    text: "A limit of calls out was reached, or the longest time that a call may take; see Calls out in the studio.",
  },
};

/** How legs end, and whose it was. */
export const legEnds: Readonly<Record<LegEndCode, Explained>> = {
  HUNG_UP: { fault: "caller", text: "The far end hung up after the answer." },
  DROPPED: { fault: "centrala", text: "Ended by Centrala, because it was not needed any more." },
  BUSY: { fault: "caller", text: "SIP 486 or 600." },
  DECLINED: { fault: "caller", text: "SIP 603, or 480 of a telephone set to do not disturb." },
  NO_ANSWER: { fault: "caller", text: "Nobody answered in time (SIP 408 or our own limit)." },
  CANCELLED: { fault: "caller", text: "The caller gave up before the answer." },
  UNREACHABLE: { fault: "carrier", text: "Not registered, no route, DNS failed, or no answer to signalling." },
  NUMBER_UNKNOWN: { fault: "caller", text: "SIP 404, 484 or 604." },
  TRUNK_REJECTED: { fault: "carrier", text: "Another refusal of the carrier; the leg keeps its SIP status." },
  MEDIA_FAILED: { fault: "technician", text: "SIP 488, or no codec in common." },
  MEDIA_LOST: {
    fault: "carrier",
    text: "No sound arrived although it should have, and the far end did not answer when it was asked.",
  },
  RTP_PORTS_EXHAUSTED: { fault: "technician", text: "All ports of CENTRALA_RTP_PORTS are in use." },
  SERVER_RESTARTED: { fault: "centrala", text: "The server was restarted; the far end got BYE at the next start." },
  OVERLOADED: { fault: "technician", text: "A limit was reached, or the far end answered 503." },
  OUTGOING_LIMIT: { fault: "technician", text: "Ended by Centrala at a limit of calls out." },
};

/** docs/reference/errors.md, made of the tables above and of the contract's. */
export function errorReference(): string {
  return `# Errors and endings

Every failure has a code, an owner, and a sentence. The owner says whose it is to mend or to live with: the *caller*, the
*operator*, the *technician*, the *carrier*, the *client* (program or page that asked), or *centrala* itself.

This page is kept equal to the tables in the code by a test (\`node apps/server/src/http/error-reference.ts\` writes it).

## Errors of the HTTP interface

Every refused request is answered with \`{"code", "message"}\`, where it helps with \`details\` (path, line, message, code), and with
\`requestId\`, the number under which the log knows it.

${table(
  ["code", "status", "owner", "meaning"],
  Object.entries(errorTable).map(([code, entry]) => [`\`${code}\``, String(entry.status), entry.fault, entry.message]),
)}

## Refusals of the core

They come with status 409 and code \`REFUSED\`, and stand in \`refusal\`.

${explained(refusals)}

## How contacts end

${explained(contactEnds)}

## How legs end

${explained(legEnds)}
`;
}

function explained(entries: Readonly<Record<string, Explained>>): string {
  return table(
    ["code", "owner", "meaning"],
    Object.entries(entries).map(([code, { fault, text }]) => [`\`${code}\``, fault, text]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

// Run by itself, this file writes the page anew.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(errorReferenceUrl, errorReference());
