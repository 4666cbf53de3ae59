-- Contacts and recordings are written by the projector, after the commit of the entries that tell of them: some commits at a
-- time, in one transaction with the place it stands at.
CREATE TABLE projection (
  centre_id uuid NOT NULL,
  -- "live" follows the journal; "rebuild" folds it again from its beginning while that goes on.
  name text NOT NULL CHECK (name IN ('live', 'rebuild')),
  -- Of the fold that wrote the rows.
  version integer NOT NULL,
  -- The rows hold what the entries up to here say.
  seq bigint NOT NULL,
  -- Of the lease whose holder may move it.
  epoch bigint NOT NULL,
  PRIMARY KEY (centre_id, name)
);
ALTER TABLE projection ENABLE ROW LEVEL SECURITY;
ALTER TABLE projection FORCE ROW LEVEL SECURITY;
CREATE POLICY own_centre ON projection USING (centre_id = nullif(current_setting('app.centre', true), '')::uuid)
  WITH CHECK (centre_id = nullif(current_setting('app.centre', true), '')::uuid);

-- The last entry that changed the row: an older fold never takes the place of a newer one.
ALTER TABLE contact ADD COLUMN folded bigint NOT NULL DEFAULT 0;

-- Written in one transaction with the entries no more; what the projector writes with comes with the segments (migration 16).
DROP FUNCTION write_projections(uuid, jsonb, jsonb, jsonb, jsonb);

-- Appends consecutive entries and what has to be there with them. False, and nothing is written, when the epoch is over, the
-- entry before the first is missing, or any of them is there already: the caller then looks closer.
DROP FUNCTION append_journal(
  uuid, bigint, bigint, bigint[], integer[], text, text, text[], bigint[], jsonb, jsonb, jsonb, jsonb, jsonb);
CREATE FUNCTION append_journal(
  centre uuid, lease_epoch bigint, first bigint, ats bigint[], versions integer[], inputs text, facts text,
  contact_ids text[], contact_seqs bigint[], addresses jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  next_before bigint;
  input_texts text[] := string_to_array(inputs, chr(30));
  facts_texts text[] := string_to_array(facts, chr(30));
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  PERFORM 1 FROM lease WHERE centre_id = centre AND epoch = lease_epoch FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  SELECT seq + 1 INTO next_before FROM journal WHERE centre_id = centre ORDER BY seq DESC LIMIT 1;
  IF first <> coalesce(next_before, 1) THEN RETURN false; END IF;
  IF addresses IS NOT NULL THEN PERFORM keep_addresses(centre, addresses); END IF;
  FOR n IN 1 .. array_length(ats, 1) LOOP
    INSERT INTO journal (centre_id, seq, at, version, input, facts)
      VALUES (centre, first + n - 1, ats[n], versions[n], input_texts[n]::json, facts_texts[n]::json);
  END LOOP;
  FOR n IN 1 .. coalesce(array_length(contact_ids, 1), 0) LOOP
    INSERT INTO journal_contact (centre_id, contact_id, seq) VALUES (centre, contact_ids[n], contact_seqs[n]);
  END LOOP;
  RETURN true;
END
$$;

-- Until now rows came in one transaction with their entries: they hold all of the journal. So do those of an older backup.
CREATE FUNCTION settle_projection(centre uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  INSERT INTO projection (centre_id, name, version, seq, epoch)
    SELECT centre, 'live', 1, j.seq, 0 FROM journal j WHERE j.centre_id = centre ORDER BY j.seq DESC LIMIT 1
    ON CONFLICT DO NOTHING;
END
$$;
CREATE OR REPLACE FUNCTION settle_old_rows(centre uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM settle_clients(centre);
  PERFORM settle_lists(centre);
  PERFORM settle_projection(centre);
END
$$;
DO $$
DECLARE
  own record;
BEGIN
  FOR own IN SELECT centre_id FROM centre_directory LOOP
    PERFORM settle_projection(own.centre_id);
  END LOOP;
  PERFORM set_config('app.centre', '', true);
END
$$;
