import { sql } from "kysely";
import { createArchive } from "./archive.ts";
import { openDatabase } from "./database.ts";
import { createJournal } from "./journal/journal.ts";
import type { SessionRow, Store, StoreOptions, TokenRow } from "./port.ts";
import { current } from "./projector/current.ts";
import { createProjections } from "./projector/projector.ts";
import { createInvitations, createSessions } from "./repository/access.ts";
import { createAddresses } from "./repository/addresses.ts";
import { createAudit, createSettings } from "./repository/audit.ts";
import { createCentres } from "./repository/centres.ts";
import { createContacts } from "./repository/contacts.ts";
import type { Context } from "./repository/context.ts";
import { createCredentials } from "./repository/credentials.ts";
import { createCustomerImports } from "./repository/customer-imports.ts";
import { createCustomers } from "./repository/customers.ts";
import { createEntities } from "./repository/entities.ts";
import { KnownCallers } from "./repository/known-callers.ts";
import { createTokens } from "./repository/machine-tokens.ts";
import { createMissed } from "./repository/missed.ts";
import { createNotes, createRecordings } from "./repository/recordings.ts";
import { Remembered } from "./repository/remembered.ts";
import { createSecrets } from "./repository/secrets.ts";
import { createBindings, createDialogs } from "./repository/telephony.ts";
import { createTraces } from "./repository/traces.ts";
import { Sealer } from "./seal.ts";

const connectionsUsual = 10;

/**
 * Connects, checks the server (15 or newer, UTF8, an ordinary role) and brings the schema up to date. Rejects with a StoreError:
 * DATABASE_AWAY, DATABASE_TOO_OLD, DATABASE_ENCODING, DATABASE_SUPERUSER, MIGRATION_*.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const sealer = new Sealer(options.encryptionKey);
  const db = await openDatabase(options.connection, options.connectionsMax ?? connectionsUsual);
  const now = options.now ?? Date.now;
  const remembered = { sessions: new Remembered<SessionRow>(now), tokens: new Remembered<TokenRow>(now) };
  const callers = new KnownCallers();
  const context: Context = { db, sealer, now, remembered, callers };
  const entities = createEntities(context);
  return {
    journal: createJournal(db),
    projections: createProjections(db),
    centres: createCentres(context, entities),
    entities,
    secrets: createSecrets(context),
    credentials: createCredentials(context),
    sessions: createSessions(context),
    invitations: createInvitations(context),
    tokens: createTokens(context),
    addresses: createAddresses(context),
    customers: callers.forgetting(
      createCustomers(context),
      "create",
      "update",
      "delete",
      "deleteMany",
      "giveMany",
      "importMany",
    ),
    customerImports: callers.forgetting(createCustomerImports(context), "applyNext", "undoNext"),
    contacts: current(db, createContacts(context)),
    missed: current(db, createMissed(context)),
    recordings: current(db, createRecordings(context)),
    notes: createNotes(context),
    audit: createAudit(context),
    dialogs: createDialogs(context),
    bindings: createBindings(context),
    traces: createTraces(context),
    settings: createSettings(context),
    archive: createArchive(db),
    ping: () => db.outside(async (kysely) => void (await sql`SELECT 1`.execute(kysely))),
    close: () => db.close(),
  };
}
