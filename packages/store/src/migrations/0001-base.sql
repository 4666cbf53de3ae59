-- Times are milliseconds since 1970 (bigint). The centre's id stands first in every key. SQL of the PostgreSQL 15 subset.
-- No extension is used: search goes by word beginnings in B-trees, because comparison of text is leak-proof and so keeps
-- its index under row-level security, while ILIKE, trigrams and text search do not.

-- ---- directory tables: known before the centre is, therefore without row-level security -----------------------------

CREATE TABLE centre_directory (
  centre_id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  created_at bigint NOT NULL
);

CREATE TABLE directory (
  kind text NOT NULL CHECK (kind IN ('session', 'invitation', 'token', 'login', 'host')),
  -- SHA-256 of the secret or the name: nothing here can be used to log in.
  key_hash bytea NOT NULL,
  centre_id uuid NOT NULL,
  PRIMARY KEY (kind, key_hash, centre_id)
);
CREATE INDEX directory_centre ON directory (centre_id, kind);

CREATE TABLE setting (
  key text PRIMARY KEY,
  value jsonb NOT NULL
);

-- ---- configuration --------------------------------------------------------------------------------------------------

CREATE TABLE centre (
  centre_id uuid PRIMARY KEY,
  data jsonb NOT NULL,
  version integer NOT NULL,
  config_version integer NOT NULL,
  updated_at bigint NOT NULL
);

CREATE TABLE entity (
  centre_id uuid NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  data jsonb NOT NULL,
  version integer NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (centre_id, kind, id)
);
CREATE UNIQUE INDEX entity_login ON entity (centre_id, (data ->> 'login')) WHERE kind = 'user';
CREATE UNIQUE INDEX entity_extension ON entity (centre_id, (data ->> 'extension')) WHERE kind = 'user';
CREATE UNIQUE INDEX entity_username ON entity (centre_id, (data ->> 'username')) WHERE kind = 'device';
CREATE UNIQUE INDEX entity_number ON entity (centre_id, (data ->> 'trunkId'), (data ->> 'number')) WHERE kind = 'number';

CREATE TABLE secret (
  centre_id uuid NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  -- AES-256-GCM: nonce (12), tag (16), ciphertext; bound to centre, kind and id.
  sealed bytea NOT NULL,
  PRIMARY KEY (centre_id, kind, id)
);

-- ---- people's access ------------------------------------------------------------------------------------------------

CREATE TABLE credential (
  centre_id uuid NOT NULL,
  user_id text NOT NULL,
  hash text NOT NULL,
  failed_attempts integer NOT NULL DEFAULT 0,
  locked_until bigint,
  changed_at bigint NOT NULL,
  PRIMARY KEY (centre_id, user_id)
);

CREATE TABLE session (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  token_hash bytea NOT NULL,
  user_id text NOT NULL,
  created_at bigint NOT NULL,
  seen_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  ip text NOT NULL,
  agent text NOT NULL,
  PRIMARY KEY (centre_id, id),
  UNIQUE (centre_id, token_hash)
);
CREATE INDEX session_by_user ON session (centre_id, user_id);
CREATE INDEX session_by_expiry ON session (centre_id, expires_at);

CREATE TABLE invitation (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  token_hash bytea NOT NULL,
  user_id text,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  used_at bigint,
  PRIMARY KEY (centre_id, id),
  UNIQUE (centre_id, token_hash)
);

CREATE TABLE token (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  token_hash bytea NOT NULL,
  name text NOT NULL,
  roles text[] NOT NULL,
  created_by text,
  created_at bigint NOT NULL,
  seen_at bigint,
  expires_at bigint,
  PRIMARY KEY (centre_id, id),
  UNIQUE (centre_id, token_hash)
);

-- ---- addresses and customers: personal data, erasable ---------------------------------------------------------------

CREATE TABLE address (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  -- The E.164 number, else the raw text; after erasure "erased:" and the id.
  key text NOT NULL,
  raw text NOT NULL,
  display text NOT NULL,
  e164 text,
  digits text COLLATE "C" NOT NULL,
  digits_reversed text COLLATE "C" NOT NULL,
  PRIMARY KEY (centre_id, id),
  UNIQUE (centre_id, key)
);
CREATE INDEX address_digits ON address (centre_id, digits);
CREATE INDEX address_digits_reversed ON address (centre_id, digits_reversed);

CREATE TABLE customer (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  client_id text,
  name text NOT NULL,
  sort_name text COLLATE "C" NOT NULL,
  company text NOT NULL,
  language text,
  fields jsonb NOT NULL,
  handles jsonb NOT NULL,
  version integer NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (centre_id, id)
);
CREATE INDEX customer_sort ON customer (centre_id, sort_name, id);

CREATE TABLE customer_handle (
  centre_id uuid NOT NULL,
  customer_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('phone', 'email')),
  value text NOT NULL,
  PRIMARY KEY (centre_id, customer_id, kind, value),
  FOREIGN KEY (centre_id, customer_id) REFERENCES customer (centre_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_handle_value ON customer_handle (centre_id, kind, value);

CREATE TABLE customer_word (
  centre_id uuid NOT NULL,
  word text COLLATE "C" NOT NULL,
  customer_id text NOT NULL,
  PRIMARY KEY (centre_id, word, customer_id),
  FOREIGN KEY (centre_id, customer_id) REFERENCES customer (centre_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_word_customer ON customer_word (centre_id, customer_id);

CREATE TABLE customer_note (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  customer_id text NOT NULL,
  at bigint NOT NULL,
  user_id text,
  text text NOT NULL,
  PRIMARY KEY (centre_id, id),
  FOREIGN KEY (centre_id, customer_id) REFERENCES customer (centre_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_note_customer ON customer_note (centre_id, customer_id, at DESC, id DESC);

-- ---- journal --------------------------------------------------------------------------------------------------------

CREATE TABLE lease (
  centre_id uuid PRIMARY KEY,
  epoch bigint NOT NULL,
  owner text NOT NULL,
  -- By the database's clock.
  expires_at timestamptz NOT NULL
);

CREATE TABLE journal (
  centre_id uuid NOT NULL,
  seq bigint NOT NULL,
  at bigint NOT NULL,
  version integer NOT NULL,
  input jsonb NOT NULL,
  facts jsonb NOT NULL,
  PRIMARY KEY (centre_id, seq)
);

CREATE TABLE journal_contact (
  centre_id uuid NOT NULL,
  contact_id text NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (centre_id, contact_id, seq)
);

CREATE TABLE snapshot (
  centre_id uuid NOT NULL,
  seq bigint NOT NULL,
  state_version integer NOT NULL,
  state jsonb NOT NULL,
  PRIMARY KEY (centre_id, seq)
);

-- ---- projections ----------------------------------------------------------------------------------------------------

CREATE TABLE contact (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  direction text NOT NULL,
  client_id text NOT NULL,
  trunk_id text,
  number_id text,
  address_id text,
  called_address_id text,
  customer_id text,
  customer_leg_id text,
  language text NOT NULL,
  queue_id text,
  operator_id text,
  operator_ids text[] NOT NULL,
  started_at bigint NOT NULL,
  answered_at bigint,
  ended_at bigint,
  wait_ms bigint NOT NULL,
  talk_ms bigint NOT NULL,
  hold_ms bigint NOT NULL,
  wrap_up_ms bigint NOT NULL,
  offers integer NOT NULL,
  disposition_id text,
  end_code text,
  answered boolean NOT NULL,
  voicemail boolean NOT NULL,
  recorded boolean NOT NULL,
  while_closed boolean NOT NULL,
  missed boolean NOT NULL,
  -- Set when the caller is reached later; rebuilding the projections sets it again.
  reached_at bigint,
  -- Worked off by a person: not from facts, kept when the projections are rebuilt.
  missed_closed_at bigint,
  missed_closed_by text,
  missed_close_reason text,
  PRIMARY KEY (centre_id, id)
);
CREATE INDEX contact_started ON contact (centre_id, started_at DESC, id DESC);
CREATE INDEX contact_address ON contact (centre_id, address_id, started_at DESC, id DESC);
CREATE INDEX contact_customer ON contact (centre_id, customer_id, started_at DESC, id DESC);
CREATE INDEX contact_queue ON contact (centre_id, queue_id, started_at DESC, id DESC);
CREATE INDEX contact_number ON contact (centre_id, number_id, started_at DESC, id DESC);
CREATE INDEX contact_open ON contact (centre_id, id) WHERE ended_at IS NULL;
CREATE INDEX contact_missed ON contact (centre_id, address_id, started_at)
  WHERE missed AND reached_at IS NULL AND missed_closed_at IS NULL;

CREATE TABLE contact_operator (
  centre_id uuid NOT NULL,
  contact_id text NOT NULL,
  operator_id text NOT NULL,
  started_at bigint NOT NULL,
  talk_ms bigint NOT NULL,
  hold_ms bigint NOT NULL,
  wrap_up_ms bigint NOT NULL,
  wrap_up_since bigint,
  talked boolean NOT NULL,
  PRIMARY KEY (centre_id, contact_id, operator_id)
);
CREATE INDEX contact_operator_operator ON contact_operator (centre_id, operator_id, started_at DESC, contact_id DESC);

CREATE TABLE recording (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  contact_id text NOT NULL,
  voicemail boolean NOT NULL,
  started_at bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'closed', 'failed', 'deleted')),
  duration_ms bigint,
  bytes bigint,
  sha256 text,
  fail_code text,
  -- Not from facts, kept when the projections are rebuilt.
  path text,
  deleted_at bigint,
  PRIMARY KEY (centre_id, id)
);
CREATE INDEX recording_contact ON recording (centre_id, contact_id);
CREATE INDEX recording_due ON recording (centre_id, started_at) WHERE state IN ('closed', 'failed');
CREATE INDEX recording_running ON recording (centre_id) WHERE state = 'running';

CREATE TABLE contact_note (
  centre_id uuid NOT NULL,
  contact_id text NOT NULL,
  operator_id text NOT NULL,
  text text NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (centre_id, contact_id, operator_id)
);

-- ---- telephony and audit --------------------------------------------------------------------------------------------

CREATE TABLE sip_dialog (
  centre_id uuid NOT NULL,
  leg_id text NOT NULL,
  contact_id text,
  dialog jsonb NOT NULL,
  saved_at bigint NOT NULL,
  PRIMARY KEY (centre_id, leg_id)
);

CREATE TABLE registrar_binding (
  centre_id uuid NOT NULL,
  device_id text NOT NULL,
  uri text NOT NULL,
  binding jsonb NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (centre_id, device_id, uri)
);

CREATE TABLE sip_message (
  centre_id uuid NOT NULL,
  id bigint GENERATED BY DEFAULT AS IDENTITY,
  contact_id text NOT NULL,
  leg_id text,
  at bigint NOT NULL,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  peer text NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (centre_id, id)
);
CREATE INDEX sip_message_contact ON sip_message (centre_id, contact_id, id);
CREATE INDEX sip_message_at ON sip_message (centre_id, at);

CREATE TABLE audit (
  centre_id uuid NOT NULL,
  id bigint GENERATED BY DEFAULT AS IDENTITY,
  at bigint NOT NULL,
  who text NOT NULL,
  what text NOT NULL,
  target text NOT NULL,
  detail jsonb NOT NULL,
  PRIMARY KEY (centre_id, id)
);
CREATE INDEX audit_target ON audit (centre_id, target, id DESC);
CREATE INDEX audit_who ON audit (centre_id, who, id DESC);

-- ---- walls ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Without the setting the comparison is null and no row is seen: closed by default, also for the tables' owner.
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'centre_id'
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND c.relname NOT IN ('centre_directory', 'directory')
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_centre ON %I USING (centre_id = nullif(current_setting(''app.centre'', true), '''')::uuid)'
      ' WITH CHECK (centre_id = nullif(current_setting(''app.centre'', true), '''')::uuid)', name);
  END LOOP;
END
$$;
