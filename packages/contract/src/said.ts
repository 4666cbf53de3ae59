import { z } from "zod";

/**
 * Every sentence that the server makes for a person, by its code: the English stands here (logs, command line, programs
 * that use the interface), screens say it in the reader's language by the same code. `{{name}}` is a value.
 */
export const sentences = {
  // References to what is not there.
  CLIENT_MISSING: 'there is no client "{{id}}"',
  TRUNK_MISSING: 'there is no trunk "{{id}}"',
  NUMBER_MISSING: 'there is no number "{{id}}"',
  USER_MISSING: 'there is no user "{{id}}"',
  LOGIN_MISSING: 'there is no user with login "{{id}}"',
  OPERATOR_MISSING: 'there is no operator "{{id}}"',
  SKILL_MISSING: 'there is no skill "{{id}}"',
  HOURS_MISSING: 'there are no hours "{{id}}"',
  QUEUE_MISSING: 'there is no queue "{{id}}"',
  SCENARIO_MISSING: 'there is no scenario "{{id}}"',
  PROMPT_MISSING: 'there is no prompt "{{id}}"',
  SOUND_MISSING: 'there is no sound "{{id}}"',
  STEP_MISSING: 'there is no step "{{id}}"',
  TIME_ZONE_MISSING: 'there is no time zone "{{id}}"',
  SECRET_MISSING: "the secret {{id}} was not given",
  // What does not fit together.
  STANDS_TWICE: '"{{value}}" stands twice',
  KEY_TWICE: "key {{key}} stands twice",
  STEP_UNREACHED: "nothing leads to this step",
  ENDLESS_CIRCLE: "a call would run in a circle here without ever waiting or ending",
  KEYS_MIN_ABOVE_MAX: "is more than keysMax",
  LAST_MANAGER: "the centre needs at least one active manager",
  LOGIN_TAKEN: "another user has this login",
  LOGIN_MIXED: 'the login "{{value}}" mixes Latin and Cyrillic letters',
  EXTENSION_TAKEN: "another user has this extension",
  EXTENSION_EMERGENCY: "{{value}} is an emergency number here, it cannot be an extension",
  USERNAME_TAKEN: "another device has this user name, here or in another centre of this installation",
  NUMBER_TAKEN: "this number is already there on the same trunk",
  NUMBER_ELSEWHERE: "another centre of this installation has {{value}} on a line with the same addresses",
  USED_BY_CLIENT: 'the client "{{name}}" uses it',
  USED_BY_NUMBER: 'the number "{{name}}" uses it',
  USED_BY_USER: 'the user "{{name}}" uses it',
  USED_BY_DEVICE: 'the device "{{name}}" belongs to it',
  USED_BY_QUEUE: 'the queue "{{name}}" uses it',
  USED_BY_SCENARIO: 'the scenario "{{name}}" uses it',
  // Fields that do not fit their schema.
  FIELD_MISSING: "is missing",
  FIELD_TYPE: "is of another kind than expected",
  FIELD_EMPTY: "must not be empty",
  FIELD_TOO_SHORT: "has fewer than {{min}} characters",
  FIELD_TOO_LONG: "has more than {{max}} characters",
  FIELD_TOO_SMALL: "is less than {{min}}",
  FIELD_TOO_BIG: "is more than {{max}}",
  LIST_TOO_SHORT: "has fewer than {{min}} entries",
  LIST_TOO_LONG: "has more than {{max}} entries",
  FIELD_CHOICE: "must be one of {{choices}}",
  FIELD_UNKNOWN: 'there is no field "{{field}}" here',
  FIELD_FORM: "does not have the right form",
  FORM_KEY: "lower-case letters, digits and hyphens, starting with a letter or digit",
  FORM_COUNTRY: "two capital letters (ISO 3166-1)",
  FORM_E164: "international form, for example +35921234567",
  FORM_DIGITS: "digits, perhaps with a plus sign",
  FORM_CERTIFICATE: "certificates in PEM form, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
  FORM_LOGIN: "no spaces",
  FORM_TIME: "HH:MM",
  FORM_DATE: "YYYY-MM-DD",
  FORM_VARIABLE: "a letter, then letters, digits or underscores, at most 32",
  FORM_STEPS: "at most 500 steps",
  FORM_GUESSABLE: "is too easy to guess",
  FORM_SECRET: "the name of a variable",
  NO_DIGITS: "has no digits that could be dialled",
  CLIENT_UNKNOWN: "is not a client of this centre",
  TIME_ZONE_UNKNOWN: "is not a time zone, for example Europe/Sofia",
  NO_QUEUE_YET: "there is no queue yet",
  // Files.
  YAML_INVALID: "{{detail}}",
  YAML_ANCHOR: "a centre file has no anchors and aliases (& and *): write the value out",
  YAML_NESTING: "the file is nested deeper than {{max}} levels",
  FILE_OVER_4_MB: "the file is larger than 4 MB",
  FILE_UNREADABLE: "{{detail}}",
  FILE_NONE: "No file was sent.",
  FILE_EMPTY: "The file has no rows. CSV and XLSX files can be read.",
  FILE_NOT_TEXT: "{{name}} is not a text file. CSV and XLSX files can be read.",
  FILE_NO_LIST: "{{name}} is no list with rows. CSV, XLSX and vCard files can be read.",
  FILE_DAMAGED: "The file is damaged and cannot be read.",
  FILE_TOO_HEAVY: "Reading this file would take too much memory or time. Save it anew, or divide it.",
  FILES_WAITING: "Too many files are being read now. Try again in a minute.",
  IMPORT_DISK_FULL: "The server's disk is full. What was stored stays; go on when there is room again.",
  IMPORT_INTERRUPTED: "The server's database did not answer. What was stored stays; go on in a minute.",
  SHEET_OLD:
    "This is an old Excel file or a web page with the ending .xls. Open it in Excel and save it as .xlsx or CSV.",
  SHEET_DAMAGED: "The spreadsheet is damaged or of another kind. CSV and XLSX files can be read.",
  ROWS_MAX: "At most 100,000 rows are taken in at once.",
  IMPORT_UNDO_OVER: "The 30 days in which this import could be undone are over. Change or delete the cards instead.",
  ROW_EMPTY: "has neither a name nor a number nor an e-mail",
  ROW_KNOWN: "this card is there already, with all of it",
  ROW_REPEATED: "says the same as line {{line}}",
  PHONE_IS_DATE: "{{value}} is a date, not a phone number",
  PHONE_ROUNDED: "a spreadsheet has cut the number {{value}}",
  PHONE_INVALID: "{{value}} is not a whole phone number",
  EMAIL_INVALID: "{{value}} is not an e-mail address",
  WAV_TOO_LARGE: "This file cannot be a prompt: the file is too large, or takes too long to read.",
  WAV_EMPTY: "This file cannot be a prompt: the file has no sound in it.",
  WAV_NOT_WAV: "This file cannot be a prompt: it is no WAV, MP3, FLAC or Ogg file, or damaged.",
  SOUND_KIND:
    "This file cannot be a prompt: sound of this kind ({{kind}}) is not read here. Save it as MP3, WAV, FLAC or Ogg, for example with the free program Audacity (File, Export Audio).",
  WAV_UNSUPPORTED:
    "This file cannot be a prompt: of WAV files only PCM, floating point, mu-law and A-law at 4,000 to 192,000 Hz with at most eight channels are read.",
  PROMPT_TOO_LONG: "This file cannot be a prompt: a prompt is at most 15 minutes long.",
  PROMPT_SILENT: "This file cannot be a prompt: nothing can be heard in this file.",
  PROMPT_NO_SOUND: "This prompt has no sound yet.",
  RECORDING_GONE: "The recording is not there any more.",
  // Refusals with a reason of their own.
  BODY_TOO_COMPLEX: "The request is nested too deeply or holds too many values.",
  BODY_ENCODED: "The server takes no compressed requests.",
  NOT_ONESELF: "Nobody removes themselves.",
  MANAGER_ONLY: "Only a manager changes people.",
  SECTIONS_FORBIDDEN: "Your role does not permit these sections of the file: {{sections}}.",
  TOKEN_GIVES_NO_RIGHTS: "A machine token cannot make people or tokens; a manager signs in for that.",
  PERSON_ONLY: "Only a person has a desk.",
  CALLER_TAKEN: "{{name}} is calling this person right now.",
  HOST_UNKNOWN: "This server is not known by that name.",
  PROXY_UNKNOWN:
    "This request came through {{address}}, which is not set as a trusted proxy. Name it in CENTRALA_TRUSTED_PROXIES.",
  PROXY_SILENT:
    "The proxy at {{address}} does not say whether the browser's connection is encrypted. Let it send X-Forwarded-Proto.",
  // Why one of many rows was left as it is.
  ROW_GONE: "is not there any more",
  NO_OPERATOR: "is no operator",
  ACCESS_OFF: "may not sign in",
  LAST_MANAGER_STAYS: "is the last manager who may sign in",
  ONESELF_STAYS: "nobody switches off themselves",
  TOO_MANY_SKILLS: "has 100 skills already",
  MISSED_SETTLED: "is not on the list any more",
  CHANGED_MEANWHILE: "was changed by somebody meanwhile",
  // Checks of the doctor: title, what was found, how to mend it.
  CHECK_FOLDER: "Data folder",
  FOLDER_FINE: "{{path}}",
  FOLDER_NOT_WRITABLE: "{{path}} cannot be written",
  MEND_FOLDER: "Give the user of this server the right to write there, or set CENTRALA_DATA.",
  CHECK_DISK: "Disk",
  DISK_FREE: "{{gigabytes}} GB free",
  MEND_DISK: "Make room: a day of one operator's calls takes about 150 MB.",
  CHECK_DATABASE: "Database",
  DATABASE_EMBEDDED: "embedded PostgreSQL",
  DATABASE_GIVEN: "PostgreSQL of CENTRALA_DATABASE_URL",
  DATABASE_FINE: "{{database}} answers",
  DATABASE_AWAY: "{{database}} does not answer: {{detail}}",
  MEND_DATABASE: "Restart Centrala; with an own PostgreSQL, check CENTRALA_DATABASE_URL.",
  CHECK_CERTIFICATE: "Certificate",
  CERTIFICATE_LOCAL: "made here, valid for {{count}} days",
  CERTIFICATE_GIVEN: "given, valid for {{count}} days",
  MEND_CERTIFICATE_LOCAL: "Restart Centrala: it makes a new one.",
  MEND_CERTIFICATE_GIVEN: "Renew the files of CENTRALA_TLS_CERT and CENTRALA_TLS_KEY, then restart.",
  CHECK_NETWORK: "Network",
  NETWORK_ADDRESSES: "{{addresses}}",
  NETWORK_NONE: "no address but loopback",
  MEND_NETWORK: "Connect this computer to a network to take calls from others.",
  NETWORK_BOUND: "listens on {{address}} only: nobody else reaches it",
  MEND_BOUND: "Set CENTRALA_BIND to 0.0.0.0, or to an address that others reach.",
  CHECK_OUTSIDE: "Reachable from outside",
  REACH_REGISTERED: "A carrier's line is registered: calls come in over the connection that this machine opened.",
  REACH_NO_ADDRESS:
    "The public address is not known yet: it is learnt from the carrier, or set by CENTRALA_PUBLIC_ADDRESS.",
  REACH_OWN: "The public address is one of this machine's own.",
  REACH_ROUTER:
    "The public address {{address}} belongs to a router. Carriers that call by address need port {{port}} and the voice ports forwarded to this machine.",
  CHECK_PORTS: "Ports",
  PORTS_FINE: "SIP {{port}}, voice {{first}}-{{last}} (about {{count}} calls at once)",
  CHECK_TRUNK: "Line {{name}}",
  TRUNK_STATE: "registration {{registration}}, health {{health}}",
  TRUNK_STATE_SIP: "registration {{registration}} (SIP {{status}}), health {{health}}",
  MEND_TRUNK_REFUSED: "The carrier refuses the name or password: compare both with the carrier's letter.",
  MEND_TRUNK_AWAY:
    "The carrier does not answer: check its host name, this machine's connection, and whether a firewall stops SIP.",
  // Requests on the wire that were refused: what happened, what to do.
  REFUSED_NUMBER_UNKNOWN: "{{called}} is no number of this line",
  MEND_NUMBER_UNKNOWN:
    "Add it under Numbers as it is written here, or choose for the line another place that the called number is read from.",
  REFUSED_LINE_BUSY: "The line has all the calls it may have: {{detail}}",
  MEND_LINE_BUSY: "Raise the number of calls at once of the line, if the contract with the carrier allows more.",
  REFUSED_SOURCE_UNKNOWN: "A call to {{called}} from an address that belongs to no line",
  MEND_SOURCE_UNKNOWN:
    "If this is your carrier, add {{source}} to the addresses of its line, also when the line is registered. Otherwise there is nothing to do: nobody was let in.",
  REFUSED_PASSWORD_WRONG: "Wrong password for {{account}}",
  MEND_PASSWORD_WRONG:
    "Compare the password in the telephone, or make a new one under Devices. If you do not know the address, somebody is guessing.",
  REFUSED_ACCOUNT_UNKNOWN: "There is no telephone with the user name {{account}}",
  MEND_ACCOUNT_UNKNOWN:
    "Compare the user name in the telephone with the one under Devices. If you do not know the address, somebody is guessing.",
  REFUSED_PAUSED: "Too many wrong passwords: {{account}} is not tried from there for now",
  MEND_PAUSED: "Correct the password in the telephone and wait until the pause is over.",
  REFUSED_CREDENTIALS_ELSEWHERE: "{{account}} answered with a password made for another server",
  MEND_CREDENTIALS_ELSEWHERE: "Set registrar and proxy in the telephone to the address of this machine.",
  REFUSED_REGISTERS_OTHER: "{{account}} tried to register another user name",
  MEND_REGISTERS_OTHER: "Set the user name and the name for authentication in the telephone to the same.",
  REFUSED_OVERLOADED: "This server took no more calls",
  MEND_OVERLOADED:
    "Look at the checks on this page and at the range of voice ports; during a restart it passes by itself.",
  REFUSED_NO_COMMON_CODEC: "No codec in common; offered: {{detail}}",
  MEND_NO_COMMON_CODEC:
    "Let the carrier or the telephone offer G.711 (A-law or mu-law) as well; on a line compare its codecs.",
  REFUSED_ENCRYPTION_DEMANDED: "Only encrypted sound (SRTP) was offered",
  MEND_ENCRYPTION_DEMANDED:
    "SRTP is not there for lines and SIP phones yet: switch the encryption of sound off there, or make it optional.",
  REFUSED_SOUND_UNREADABLE: "The description of the sound cannot be read",
  MEND_SOUND_UNREADABLE: "Switch SIP ALG off in the router. If it stays, the message breaks the rules: ask its sender.",
  REFUSED_SOUND_REFUSED: "A call to it was refused because of the sound",
  MEND_SOUND_REFUSED:
    "Allow G.711 (A-law or mu-law) there, and switch the encryption of sound (SRTP) off or make it optional.",
  REFUSED_EXTENSION_DEMANDED: "The other side demands an extension of SIP: {{detail}}",
  MEND_EXTENSION_DEMANDED:
    "It is not there yet: ask the carrier, or set the telephone, to do without it or to make it optional.",
  REFUSED_NOT_PERMITTED: "{{called}} may not be called from there",
  MEND_NOT_PERMITTED: "Look at whom the telephone belongs to and where this person may call.",
  REFUSED_MALFORMED: "The message breaks the rules of SIP: {{detail}}",
  MEND_MALFORMED: "Switch SIP ALG off in the router. If it stays, ask the sender.",
  REFUSED_NOT_SERVED: "{{method}} is not served here: {{detail}}",
  MEND_NOT_SERVED: "Nothing has to be done, unless a function of the telephone is missing.",
  CHECK_PHONE_PASSWORDS: "Passwords of SIP phones",
  PHONE_PASSWORDS_FINE: "none is short",
  PHONE_PASSWORDS_WEAK: "can be guessed: {{names}}",
  MEND_PHONE_PASSWORDS: "Make new passwords under Devices and enter them in these telephones.",
} as const;
export type SentenceCode = keyof typeof sentences;

export const saidParamsSchema = z.record(z.string(), z.union([z.string(), z.number()]));
export type SaidParams = z.infer<typeof saidParamsSchema>;
/** A sentence as a screen needs it: which one, and its values. */
export const saidSchema = z.object({ code: z.string(), params: saidParamsSchema });
export type Said = { readonly code: SentenceCode; readonly params: SaidParams };
/** A sentence with its English text beside it. */
export type Sentence = Said & { readonly message: string };

/** The sentence of a code. A value that is not given stays as its placeholder. */
export function say(code: SentenceCode, params: SaidParams = {}): Sentence {
  return { code, params, message: filled(sentences[code], params) };
}

/** A text with its values; one that is not given stays as its placeholder. */
export function filled(text: string, params: SaidParams): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** What is needed of an issue of the schema library; its own values stand flat or, from the HTTP server, in `params`. */
export type SchemaIssue = {
  readonly code?: string;
  readonly message: string;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly values?: unknown;
  readonly keys?: unknown;
};

/** A mistake found by a schema, as a sentence. Its English is the schema's own message. */
export function sayIssue(issue: SchemaIssue): Sentence {
  return { ...saidOfIssue(issue), message: issue.message };
}

function saidOfIssue(issue: SchemaIssue): Said {
  switch (issue.code) {
    case "invalid_type":
      return { code: issue.message.endsWith("received undefined") ? "FIELD_MISSING" : "FIELD_TYPE", params: {} };
    case "too_small":
      return tooSmall(issue.origin, Number(issue.minimum));
    case "too_big":
      return tooBig(issue.origin, Number(issue.maximum));
    case "invalid_value":
      return { code: "FIELD_CHOICE", params: { choices: listOf(issue.values) } };
    case "unrecognized_keys":
      return { code: "FIELD_UNKNOWN", params: { field: listOf(issue.keys) } };
    default:
      return { code: formCode(issue.message), params: {} };
  }
}

function tooSmall(origin: unknown, min: number): Said {
  if (origin === "string") return { code: min <= 1 ? "FIELD_EMPTY" : "FIELD_TOO_SHORT", params: { min } };
  return { code: origin === "array" ? "LIST_TOO_SHORT" : "FIELD_TOO_SMALL", params: { min } };
}

function tooBig(origin: unknown, max: number): Said {
  if (origin === "string") return { code: "FIELD_TOO_LONG", params: { max } };
  return { code: origin === "array" ? "LIST_TOO_LONG" : "FIELD_TOO_BIG", params: { max } };
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.slice(0, 20).map(String).join(", ") : "";
}

const forms: ReadonlyMap<string, SentenceCode> = new Map(
  (Object.keys(sentences) as SentenceCode[])
    .filter((code) => code.startsWith("FORM_"))
    .map((code) => [sentences[code], code]),
);

/** Which of our own forms a schema's message names. */
function formCode(message: string): SentenceCode {
  return forms.get(message) ?? "FIELD_FORM";
}
