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

-- Writes a batch's changes; null where there are none. Rows that were folded up to `replaced` or less are replaced by any fold
-- (a rebuild's), all others by newer ones only. What people wrote beside them stays.
DROP FUNCTION write_projections(uuid, jsonb, jsonb, jsonb, jsonb);
CREATE FUNCTION write_projections(
  centre uuid, replaced bigint, contacts jsonb, operators jsonb, recordings jsonb, reached jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  spoken record;
  written text[];
BEGIN
  IF contacts IS NOT NULL THEN
    WITH w AS (
      INSERT INTO contact (
        centre_id,
        id, direction, client_id, trunk_id, number_id, address_id, called_address_id, customer_id, customer_leg_id,
        language, queue_id, operator_id, operator_ids, started_at, answered_at, ended_at, wait_ms, talk_ms, hold_ms,
        wrap_up_ms, offers, disposition_id, end_code, answered, voicemail, recorded, while_closed, missed, folded
      )
      SELECT centre,
        r.id, r.direction, r.client_id, r.trunk_id, r.number_id, r.address_id, r.called_address_id, r.customer_id,
        r.customer_leg_id, r.language, r.queue_id, r.operator_id, r.operator_ids, r.started_at, r.answered_at,
        r.ended_at, r.wait_ms, r.talk_ms, r.hold_ms, r.wrap_up_ms, r.offers, r.disposition_id, r.end_code, r.answered,
        r.voicemail, r.recorded, r.while_closed, r.missed, r.folded
      FROM jsonb_to_recordset(contacts) AS r(
        id text, direction text, client_id text, trunk_id text, number_id text, address_id text, called_address_id text,
        customer_id text, customer_leg_id text, language text, queue_id text, operator_id text, operator_ids text[],
        started_at bigint, answered_at bigint, ended_at bigint, wait_ms bigint, talk_ms bigint, hold_ms bigint,
        wrap_up_ms bigint, offers integer, disposition_id text, end_code text, answered boolean, voicemail boolean,
        recorded boolean, while_closed boolean, missed boolean, folded bigint
      )
      ON CONFLICT (centre_id, id) DO UPDATE SET
        direction = excluded.direction, client_id = excluded.client_id, trunk_id = excluded.trunk_id,
        number_id = excluded.number_id, address_id = excluded.address_id,
        called_address_id = excluded.called_address_id, customer_id = excluded.customer_id,
        customer_leg_id = excluded.customer_leg_id, language = excluded.language, queue_id = excluded.queue_id,
        operator_id = excluded.operator_id, operator_ids = excluded.operator_ids, started_at = excluded.started_at,
        answered_at = excluded.answered_at, ended_at = excluded.ended_at, wait_ms = excluded.wait_ms,
        talk_ms = excluded.talk_ms, hold_ms = excluded.hold_ms, wrap_up_ms = excluded.wrap_up_ms,
        offers = excluded.offers, disposition_id = excluded.disposition_id, end_code = excluded.end_code,
        answered = excluded.answered, voicemail = excluded.voicemail, recorded = excluded.recorded,
        while_closed = excluded.while_closed, missed = excluded.missed, folded = excluded.folded
        WHERE contact.folded <= greatest(replaced, excluded.folded)
      RETURNING id
    )
    SELECT array_agg(w.id) INTO written FROM w;
  END IF;

  IF operators IS NOT NULL THEN
    INSERT INTO contact_operator (
      centre_id,
      contact_id, operator_id, started_at, talk_ms, hold_ms, wrap_up_ms, wrap_up_since, talked
    )
    SELECT centre,
      r.contact_id, r.operator_id, r.started_at, r.talk_ms, r.hold_ms, r.wrap_up_ms, r.wrap_up_since, r.talked
    FROM jsonb_to_recordset(operators) AS r(
      contact_id text, operator_id text, started_at bigint, talk_ms bigint, hold_ms bigint, wrap_up_ms bigint,
      wrap_up_since bigint, talked boolean
    )
    WHERE r.contact_id = ANY (written)
    ON CONFLICT (centre_id, contact_id, operator_id) DO UPDATE SET
      started_at = excluded.started_at, talk_ms = excluded.talk_ms, hold_ms = excluded.hold_ms,
      wrap_up_ms = excluded.wrap_up_ms, wrap_up_since = excluded.wrap_up_since, talked = excluded.talked;
  END IF;

  -- A closing fact may come in a later batch than the start; nothing that is known is lost: what is closed runs no more,
  -- and deleted stays deleted.
  IF recordings IS NOT NULL THEN
    INSERT INTO recording (
      centre_id,
      id, contact_id, voicemail, started_at, state, duration_ms, bytes, sha256, fail_code
    )
    SELECT centre,
      r.id, r.contact_id, r.voicemail, r.started_at, r.state, r.duration_ms, r.bytes, r.sha256, r.fail_code
    FROM jsonb_to_recordset(recordings) AS r(
      id text, contact_id text, voicemail boolean, started_at bigint, state text, duration_ms bigint, bytes bigint,
      sha256 text, fail_code text
    )
    ON CONFLICT (centre_id, id) DO UPDATE SET
      started_at = least(recording.started_at, excluded.started_at),
      voicemail = recording.voicemail OR excluded.voicemail,
      state = CASE WHEN recording.state = 'deleted' OR excluded.state = 'running' THEN recording.state ELSE excluded.state END,
      duration_ms = coalesce(excluded.duration_ms, recording.duration_ms),
      bytes = coalesce(excluded.bytes, recording.bytes),
      sha256 = coalesce(excluded.sha256, recording.sha256),
      fail_code = coalesce(excluded.fail_code, recording.fail_code);
  END IF;

  -- A missed caller counts as reached when they were spoken to first; a rebuild may come to that later than to the next time.
  IF reached IS NOT NULL THEN
    FOR spoken IN SELECT n.address_id, n.at FROM jsonb_to_recordset(reached) AS n(address_id text, at bigint) ORDER BY n.at
    LOOP
      UPDATE contact SET reached_at = spoken.at
        WHERE centre_id = centre AND address_id = spoken.address_id AND ended_at <= spoken.at AND missed AND reached_at IS NULL;
      IF replaced > 0 THEN
        UPDATE contact SET reached_at = spoken.at
          WHERE centre_id = centre AND address_id = spoken.address_id AND ended_at <= spoken.at AND missed AND reached_at > spoken.at;
      END IF;
    END LOOP;
  END IF;
END
$$;

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
