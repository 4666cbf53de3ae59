-- Imports of customers: what is to become of each row until it is stored, and what stood on each card before, to be undone.
CREATE TABLE customer_import (
  centre_id uuid NOT NULL,
  id text NOT NULL,
  file_name text NOT NULL,
  made_by text NOT NULL,
  client_id text NOT NULL,
  created_at bigint NOT NULL,
  state text NOT NULL,
  total integer NOT NULL,
  done integer NOT NULL,
  report jsonb NOT NULL,
  PRIMARY KEY (centre_id, id)
);
CREATE TABLE customer_import_row (
  centre_id uuid NOT NULL,
  import_id text NOT NULL,
  line integer NOT NULL,
  verdict text NOT NULL,
  remarks integer NOT NULL,
  body jsonb NOT NULL,
  decision text,
  applied boolean NOT NULL DEFAULT false,
  customer_id text,
  PRIMARY KEY (centre_id, import_id, line),
  FOREIGN KEY (centre_id, import_id) REFERENCES customer_import (centre_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_import_row_verdict ON customer_import_row (centre_id, import_id, verdict, line);
-- The next rows to store, without passing by all that are stored already.
CREATE INDEX customer_import_row_waiting ON customer_import_row (centre_id, import_id, line)
  WHERE NOT applied AND verdict <> 'out';
CREATE TABLE customer_import_change (
  centre_id uuid NOT NULL,
  import_id text NOT NULL,
  customer_id text NOT NULL,
  before jsonb,
  version integer NOT NULL,
  PRIMARY KEY (centre_id, import_id, customer_id),
  FOREIGN KEY (centre_id, import_id) REFERENCES customer_import (centre_id, id) ON DELETE CASCADE
);
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['customer_import', 'customer_import_row', 'customer_import_change'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_centre ON %I USING (centre_id = nullif(current_setting(''app.centre'', true), '''')::uuid)'
      ' WITH CHECK (centre_id = nullif(current_setting(''app.centre'', true), '''')::uuid)', name);
  END LOOP;
END $$;
