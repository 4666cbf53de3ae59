-- What happens several times in every call, as functions: one statement is one round trip and one transaction, and its plans
-- are kept by each connection. The centre is set in the same transaction, so row-level security holds as everywhere else.

-- A batch's changes of projections; null where there are none. Rows travel as JSON documents.
CREATE FUNCTION write_projections(centre uuid, contacts jsonb, operators jsonb, recordings jsonb, reached jsonb)
RETURNS void LANGUAGE plpgsql AS $$
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
    UPDATE contact SET reached_at = r.at
    FROM (SELECT n.address_id, max(n.at) AS at FROM jsonb_to_recordset(reached) AS n(address_id text, at bigint) GROUP BY 1) r
    WHERE contact.centre_id = centre AND contact.address_id = r.address_id AND contact.ended_at <= r.at
      AND contact.missed AND contact.reached_at IS NULL;
  END IF;
END
$$;

-- Appends consecutive entries with their projections. False, and nothing is written, when the epoch is over, the entry
-- before the first is missing, or any of them is there already: the caller then looks closer. The row lock on the lease
-- keeps a takeover waiting until this commit is over, so a new owner reads all of it.
CREATE FUNCTION append_journal(
  centre uuid, lease_epoch bigint, first bigint, ats bigint[], versions integer[], inputs text[], facts text[],
  contact_ids text[], contact_seqs bigint[], contacts jsonb, operators jsonb, recordings jsonb, reached jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  next_before bigint;
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  PERFORM 1 FROM lease WHERE centre_id = centre AND epoch = lease_epoch FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  SELECT seq + 1 INTO next_before FROM journal WHERE centre_id = centre ORDER BY seq DESC LIMIT 1;
  IF first <> coalesce(next_before, 1) THEN RETURN false; END IF;
  INSERT INTO journal (centre_id, seq, at, version, input, facts)
    SELECT centre, first + e.place - 1, e.at, e.version, e.input::jsonb, e.facts::jsonb
    FROM unnest(ats, versions, inputs, facts) WITH ORDINALITY AS e(at, version, input, facts, place);
  INSERT INTO journal_contact (centre_id, contact_id, seq)
    SELECT centre, c.contact_id, c.seq FROM unnest(contact_ids, contact_seqs) AS c(contact_id, seq);
  PERFORM write_projections(centre, contacts, operators, recordings, reached);
  RETURN true;
END
$$;

-- The ids of addresses by key; those that are not there yet are made from the rows given.
CREATE FUNCTION find_addresses(centre uuid, wanted jsonb) RETURNS TABLE (found_key text, found_id text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  INSERT INTO address (centre_id, id, key, raw, display, e164, digits, digits_reversed)
    SELECT centre, w.id, w.key, w.raw, w.display, w.e164, w.digits, w.digits_reversed
    FROM jsonb_to_recordset(wanted) AS
      w(id text, key text, raw text, display text, e164 text, digits text, digits_reversed text)
    WHERE NOT EXISTS (SELECT 1 FROM address a WHERE a.centre_id = centre AND a.key = w.key)
    ON CONFLICT DO NOTHING;
  -- Another transaction may have been faster with one of them, so the ids are read, not assumed.
  RETURN QUERY SELECT a.key, a.id FROM address a
    WHERE a.centre_id = centre AND a.key = ANY (SELECT w.key FROM jsonb_to_recordset(wanted) AS w(key text));
END
$$;

-- Customers with this number, those of the client first.
CREATE FUNCTION customers_by_phone(centre uuid, phone text, client text, at_most integer) RETURNS SETOF customer
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  RETURN QUERY SELECT c.* FROM customer_handle h
    JOIN customer c ON c.centre_id = h.centre_id AND c.id = h.customer_id
    WHERE h.centre_id = centre AND h.kind = 'phone' AND h.value = phone
    ORDER BY (c.client_id IS NOT DISTINCT FROM client) DESC, c.updated_at DESC, c.id LIMIT at_most;
END
$$;

-- SIP messages for the ladder. What is over a contact's limit is left out here, so that a peer that repeats itself can't
-- fill the disk.
CREATE FUNCTION append_messages(
  centre uuid, contact_ids text[], leg_ids text[], ats bigint[], directions text[], peers text[], texts text[], kept_max integer
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  WITH n AS (
    SELECT e.*, row_number() OVER (PARTITION BY e.contact_id ORDER BY e.place) AS rank
    FROM unnest(contact_ids, leg_ids, ats, directions, peers, texts) WITH ORDINALITY
      AS e(contact_id, leg_id, at, direction, peer, text, place)
  ), kept AS (
    SELECT s.contact_id, count(*) AS count FROM sip_message s
    WHERE s.centre_id = centre AND s.contact_id IN (SELECT DISTINCT n.contact_id FROM n) GROUP BY 1
  )
  INSERT INTO sip_message (centre_id, contact_id, leg_id, at, direction, peer, text)
  SELECT centre, n.contact_id, n.leg_id, n.at, n.direction, n.peer, n.text
  FROM n LEFT JOIN kept ON kept.contact_id = n.contact_id
  WHERE n.rank + coalesce(kept.count, 0) <= kept_max
  ORDER BY n.place;
END
$$;

-- A contact's row is changed a few times while it is fresh: room beside it keeps the indices out of that.
ALTER TABLE contact SET (fillfactor = 70);
ALTER TABLE contact_operator SET (fillfactor = 70);
ALTER TABLE recording SET (fillfactor = 80);
