-- What a call costs the database, made smaller. The planner knows nothing of tables that were never analysed, so whatever
-- happens in a call is looked up row by row through a unique index: such a plan is right at any size.

-- As in migration 2, but who was reached is looked up caller by caller: the join read every missed contact of the centre.
CREATE OR REPLACE FUNCTION write_projections(centre uuid, contacts jsonb, operators jsonb, recordings jsonb, reached jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  spoken record;
BEGIN
  IF contacts IS NOT NULL THEN
    INSERT INTO contact (
      centre_id,
      id, direction, client_id, trunk_id, number_id, address_id, called_address_id, customer_id, customer_leg_id,
      language, queue_id, operator_id, operator_ids, started_at, answered_at, ended_at, wait_ms, talk_ms, hold_ms,
      wrap_up_ms, offers, disposition_id, end_code, answered, voicemail, recorded, while_closed, missed
    )
    SELECT centre,
      r.id, r.direction, r.client_id, r.trunk_id, r.number_id, r.address_id, r.called_address_id, r.customer_id,
      r.customer_leg_id, r.language, r.queue_id, r.operator_id, r.operator_ids, r.started_at, r.answered_at,
      r.ended_at, r.wait_ms, r.talk_ms, r.hold_ms, r.wrap_up_ms, r.offers, r.disposition_id, r.end_code, r.answered,
      r.voicemail, r.recorded, r.while_closed, r.missed
    FROM jsonb_to_recordset(contacts) AS r(
      id text, direction text, client_id text, trunk_id text, number_id text, address_id text, called_address_id text,
      customer_id text, customer_leg_id text, language text, queue_id text, operator_id text, operator_ids text[],
      started_at bigint, answered_at bigint, ended_at bigint, wait_ms bigint, talk_ms bigint, hold_ms bigint,
      wrap_up_ms bigint, offers integer, disposition_id text, end_code text, answered boolean, voicemail boolean,
      recorded boolean, while_closed boolean, missed boolean
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
      while_closed = excluded.while_closed, missed = excluded.missed;
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
    ON CONFLICT (centre_id, contact_id, operator_id) DO UPDATE SET
      started_at = excluded.started_at, talk_ms = excluded.talk_ms, hold_ms = excluded.hold_ms,
      wrap_up_ms = excluded.wrap_up_ms, wrap_up_since = excluded.wrap_up_since, talked = excluded.talked;
  END IF;

  -- A closing fact may come in a later batch than the start; nothing that is known is lost, and deleted stays deleted.
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
      state = CASE WHEN recording.state = 'deleted' THEN 'deleted' ELSE excluded.state END,
      duration_ms = coalesce(excluded.duration_ms, recording.duration_ms),
      bytes = coalesce(excluded.bytes, recording.bytes),
      sha256 = coalesce(excluded.sha256, recording.sha256),
      fail_code = coalesce(excluded.fail_code, recording.fail_code);
  END IF;

  IF reached IS NOT NULL THEN
    FOR spoken IN SELECT n.address_id, max(n.at) AS at
      FROM jsonb_to_recordset(reached) AS n(address_id text, at bigint) GROUP BY 1
    LOOP
      UPDATE contact SET reached_at = spoken.at
        WHERE centre_id = centre AND address_id = spoken.address_id AND ended_at <= spoken.at AND missed AND reached_at IS NULL;
    END LOOP;
  END IF;
END
$$;

-- Addresses that were made a moment ago without waiting for the commit: should the database have lost them since, they
-- come again with the entries that name them.
CREATE FUNCTION keep_addresses(centre uuid, addresses jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO address (centre_id, id, key, raw, display, e164, digits, digits_reversed)
    SELECT centre, w.id, w.key, w.raw, w.display, w.e164, w.digits, w.digits_reversed
    FROM jsonb_to_recordset(addresses) AS
      w(id text, key text, raw text, display text, e164 text, digits text, digits_reversed text)
    ON CONFLICT DO NOTHING;
END
$$;

-- Entries travel as JSON texts with a record separator between them, which JSON never holds unescaped.
DROP FUNCTION append_journal(uuid, bigint, bigint, bigint[], integer[], text[], text[], text[], bigint[], jsonb, jsonb, jsonb, jsonb);
CREATE FUNCTION append_journal(
  centre uuid, lease_epoch bigint, first bigint, ats bigint[], versions integer[], inputs text, facts text,
  contact_ids text[], contact_seqs bigint[], contacts jsonb, operators jsonb, recordings jsonb, reached jsonb,
  addresses jsonb
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
  IF contacts IS NOT NULL OR operators IS NOT NULL OR recordings IS NOT NULL OR reached IS NOT NULL THEN
    PERFORM write_projections(centre, contacts, operators, recordings, reached);
  END IF;
  RETURN true;
END
$$;

-- Stored as it came: nothing asks the database what is inside, and text is cheaper to take in and to give back than jsonb.
ALTER TABLE journal ALTER COLUMN input TYPE json, ALTER COLUMN facts TYPE json;

-- Nobody asked for open contacts by this index, and without it the end of a contact changes no index at all.
DROP INDEX contact_open;

-- Whoever is spoken to is looked up here, too, and closed ones are few: without them in the condition both can use it.
DROP INDEX contact_missed;
CREATE INDEX contact_missed ON contact (centre_id, address_id, started_at) WHERE missed AND reached_at IS NULL;

-- The ids of addresses by key; those that are not there yet are made from the rows given. The commit is not waited for: the
-- next entries of the journal bring the rows again (keep_addresses).
CREATE OR REPLACE FUNCTION find_addresses(centre uuid, wanted jsonb) RETURNS TABLE (found_key text, found_id text)
LANGUAGE plpgsql AS $$
DECLARE
  w record;
BEGIN
  PERFORM set_config('app.centre', centre::text, true), set_config('synchronous_commit', 'off', true);
  FOR w IN SELECT * FROM jsonb_to_recordset(wanted) AS
    n(id text, key text, raw text, display text, e164 text, digits text, digits_reversed text)
  LOOP
    found_key := w.key;
    SELECT a.id INTO found_id FROM address a WHERE a.centre_id = centre AND a.key = w.key;
    IF NOT FOUND THEN
      INSERT INTO address AS a (centre_id, id, key, raw, display, e164, digits, digits_reversed)
        VALUES (centre, w.id, w.key, w.raw, w.display, w.e164, w.digits, w.digits_reversed)
        ON CONFLICT DO NOTHING RETURNING a.id INTO found_id;
      IF NOT FOUND THEN
        -- Another transaction was faster.
        SELECT a.id INTO found_id FROM address a WHERE a.centre_id = centre AND a.key = w.key;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;

-- Who calls, in one round trip: the address's id (made from the row given where it is new), and the customers with this
-- phone number as documents, those of the client first; one row with no customer where there is none.
CREATE FUNCTION identify_caller(centre uuid, wanted jsonb, phone text, client text, at_most integer)
RETURNS TABLE (address_id text, customer jsonb) LANGUAGE plpgsql AS $$
BEGIN
  SELECT f.found_id INTO address_id FROM find_addresses(centre, wanted) f;
  FOR customer IN SELECT to_jsonb(c) FROM customers_by_phone(centre, phone, client, at_most) c LOOP
    RETURN NEXT;
  END LOOP;
  IF NOT FOUND THEN
    customer := NULL;
    RETURN NEXT;
  END IF;
END
$$;

-- SIP messages of a contact, some at a time: one row holds what was gathered in a moment as a JSON text.
CREATE TABLE sip_trace (
  centre_id uuid NOT NULL,
  contact_id text NOT NULL,
  id bigint GENERATED BY DEFAULT AS IDENTITY,
  -- Of the first message.
  at bigint NOT NULL,
  messages text NOT NULL,
  PRIMARY KEY (centre_id, contact_id, id)
);
-- Rows come in the order of time and leave in it.
CREATE INDEX sip_trace_at ON sip_trace USING brin (at) WITH (pages_per_range = 32);
-- Messages are read rarely: rows of up to a page stay where they are and as they are.
ALTER TABLE sip_trace ALTER COLUMN messages SET STORAGE MAIN;
ALTER TABLE sip_trace SET (toast_tuple_target = 8160);
ALTER TABLE sip_trace ENABLE ROW LEVEL SECURITY;
ALTER TABLE sip_trace FORCE ROW LEVEL SECURITY;
CREATE POLICY own_centre ON sip_trace USING (centre_id = nullif(current_setting('app.centre', true), '')::uuid)
  WITH CHECK (centre_id = nullif(current_setting('app.centre', true), '')::uuid);

-- The last of what is gathered may be lost in a crash already, so no commit is waited for.
DROP FUNCTION append_messages(uuid, text[], text[], bigint[], text[], text[], text[], integer);
CREATE FUNCTION append_traces(centre uuid, contact_ids text[], ats bigint[], messages text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  texts text[] := string_to_array(messages, chr(30));
BEGIN
  PERFORM set_config('app.centre', centre::text, true), set_config('synchronous_commit', 'off', true);
  FOR n IN 1 .. array_length(contact_ids, 1) LOOP
    INSERT INTO sip_trace (centre_id, contact_id, at, messages) VALUES (centre, contact_ids[n], ats[n], texts[n]);
  END LOOP;
END
$$;

DO $$
DECLARE
  own record;
BEGIN
  FOR own IN SELECT centre_id FROM centre_directory LOOP
    PERFORM set_config('app.centre', own.centre_id::text, true);
    INSERT INTO sip_trace (centre_id, contact_id, at, messages)
      SELECT centre_id, contact_id, at, json_build_array(json_build_array(leg_id, at, direction, peer, text))::text
      FROM sip_message WHERE centre_id = own.centre_id ORDER BY id;
  END LOOP;
  PERFORM set_config('app.centre', '', true);
END
$$;
DROP TABLE sip_message;

-- Dialogs of legs that were answered, and legs that ended. One or two of the last moment may be lost in a crash as well.
CREATE FUNCTION change_dialogs(centre uuid, answered jsonb, ended text[], at bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  d record;
  gone text;
BEGIN
  PERFORM set_config('app.centre', centre::text, true), set_config('synchronous_commit', 'off', true);
  FOR d IN SELECT * FROM jsonb_to_recordset(answered) AS n(leg_id text, contact_id text, dialog jsonb) LOOP
    INSERT INTO sip_dialog (centre_id, leg_id, contact_id, dialog, saved_at)
      VALUES (centre, d.leg_id, d.contact_id, d.dialog, at)
      ON CONFLICT (centre_id, leg_id) DO UPDATE SET
        contact_id = excluded.contact_id, dialog = excluded.dialog, saved_at = excluded.saved_at;
  END LOOP;
  FOREACH gone IN ARRAY ended LOOP
    DELETE FROM sip_dialog s WHERE s.centre_id = centre AND s.leg_id = gone;
  END LOOP;
END
$$;
