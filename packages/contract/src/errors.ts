/** Every failure has a code, an owner, and a sentence for a person. docs/reference/errors.md is kept equal to this table by a test. */
export type Fault = "caller" | "operator" | "technician" | "carrier" | "client" | "centrala";

type ErrorEntry = { readonly status: number; readonly fault: Fault; readonly message: string };

export const errorTable = {
  INPUT_INVALID: { status: 400, fault: "client", message: "The request does not fit its schema; the field is named." },
  NOT_SIGNED_IN: { status: 401, fault: "client", message: "There is no session, or it has ended. Sign in again." },
  LOGIN_REFUSED: { status: 401, fault: "client", message: "The login or the password is wrong." },
  FORBIDDEN: { status: 403, fault: "client", message: "Your role does not permit this." },
  ORIGIN_REFUSED: { status: 403, fault: "client", message: "The request came from a page of another address." },
  NOT_FOUND: { status: 404, fault: "client", message: "There is no such thing, or you may not see it." },
  CONFLICT: { status: 409, fault: "client", message: "Somebody changed it meanwhile. Load it again." },
  WOULD_DELETE: {
    status: 409,
    fault: "client",
    message: "Recordings would be deleted by this; how many is named. Ask again with their number.",
  },
  IN_USE: {
    status: 409,
    fault: "client",
    message: "It is used elsewhere and cannot be removed; the places are named.",
  },
  ALREADY_SET_UP: { status: 409, fault: "client", message: "This centre is set up already." },
  LINK_EXPIRED: { status: 410, fault: "client", message: "The link has expired or was used. Ask for a new one." },
  TOO_LARGE: { status: 413, fault: "client", message: "The file or message is larger than allowed." },
  UNSUPPORTED_FILE: {
    status: 415,
    fault: "client",
    message: "This kind of file cannot be read; the kinds that can are named.",
  },
  CONFIG_INVALID: { status: 422, fault: "client", message: "The configuration has mistakes; each is named." },
  TOO_MANY_REQUESTS: { status: 429, fault: "client", message: "Too many tries. Wait a minute." },
  REFUSED: { status: 409, fault: "client", message: "The core refused it; the refusal's code says why." },
  INTERNAL: { status: 500, fault: "centrala", message: "A mistake of ours. It is in the log with its number." },
  OVERLOADED: {
    status: 503,
    fault: "centrala",
    message: "The server has more to do than it may take on. Try again in a moment.",
  },
  DATABASE_AWAY: { status: 503, fault: "technician", message: "The database does not answer. Running calls go on." },
  CENTRE_ELSEWHERE: {
    status: 503,
    fault: "technician",
    message: "Another server runs this centre. This one goes on with it once that one has let it go.",
  },
  NOT_IN_EFFECT: {
    status: 503,
    fault: "technician",
    message:
      "It is saved, but nothing is decided with it yet: the journal cannot be written. It counts as soon as it can.",
  },
  NOT_STORED: { status: 500, fault: "centrala", message: "It could not be stored and was left out. It is in the log." },
  DESCRIPTION_REFUSED: {
    status: 422,
    fault: "client",
    message: "The headset's description of its sound cannot be answered.",
  },
  RTP_PORTS_EXHAUSTED: {
    status: 503,
    fault: "technician",
    message: "All RTP ports are in use. Widen CENTRALA_RTP_PORTS.",
  },
  PORT_TAKEN: { status: 500, fault: "technician", message: "Another program holds a port; the setting is named." },
  FOLDER_NOT_WRITABLE: {
    status: 500,
    fault: "technician",
    message: "The data folder cannot be written; see CENTRALA_DATA.",
  },
  DATA_FOLDER_IN_USE: { status: 500, fault: "technician", message: "Another server runs on this data folder." },
  DISK_FULL: { status: 507, fault: "technician", message: "The disk is full." },
  SETTING_INVALID: { status: 500, fault: "technician", message: "A setting has a value it cannot have; it is named." },
} as const satisfies Record<string, ErrorEntry>;
export type ErrorCode = keyof typeof errorTable;
