-- A client's data is a wall. Whoever works for some clients only sees, and changes, nothing of the others: what the
-- repositories ask for by name is refused here all the same. `app.clients` names the clients of whoever asks, with a comma
-- in front; without it all are meant, as for jobs, for calls, and for people who see all. Each question of a policy stands
-- in a subquery of its own, so that it is asked once a statement and not for each row.

-- Every card has a client. Cards of an older backup come with an empty one, which is settled as before.
CREATE OR REPLACE FUNCTION settle_clients(centre uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  only_client text;
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  DELETE FROM entity WHERE centre_id = centre AND (kind, id) IN
    (('trunk', 'test-line'), ('number', 'test-number'), ('scenario', 'test-call'));
  SELECT min(id) INTO only_client FROM entity WHERE centre_id = centre AND kind = 'client' HAVING count(*) = 1;
  UPDATE customer c SET client_id = coalesce(
    only_client,
    (SELECT min(k.client_id) FROM (
        SELECT t.client_id FROM contact t WHERE t.centre_id = centre AND t.customer_id = c.id
        UNION ALL
        SELECT t.client_id FROM customer_handle h
          JOIN address a ON a.centre_id = centre AND a.key = h.value
          JOIN contact t ON t.centre_id = centre AND t.address_id = a.id AND t.customer_id IS NULL
          WHERE h.centre_id = centre AND h.customer_id = c.id AND h.kind = 'phone'
      ) k HAVING count(DISTINCT k.client_id) = 1),
    '~')
  WHERE c.centre_id = centre AND c.client_id = '';
END
$$;
DO $$
DECLARE
  own record;
BEGIN
  FOR own IN SELECT centre_id FROM centre_directory LOOP
    PERFORM set_config('app.centre', own.centre_id::text, true);
    UPDATE customer SET client_id = '' WHERE centre_id = own.centre_id AND client_id IS NULL;
    PERFORM settle_clients(own.centre_id);
  END LOOP;
  PERFORM set_config('app.centre', '', true);
END
$$;
ALTER TABLE customer ALTER COLUMN client_id SET NOT NULL;

-- For a table whose rows name their client.
CREATE FUNCTION wall_by_client(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($q$
    CREATE POLICY own_clients ON %I AS RESTRICTIVE USING (
      (SELECT coalesce(current_setting('app.clients', true), '') = '')
      OR client_id = ANY ((SELECT string_to_array(current_setting('app.clients', true), ','))::text[]))
  $q$, part);
END
$$;
-- For what is a part of something that has a client: its owner is asked, so that the two never differ. By a scalar subquery,
-- which is looked up by key and never becomes a join that reads all owners first.
CREATE FUNCTION wall_by_owner(part text, owner text, owner_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($q$
    CREATE POLICY own_clients ON %1$I AS RESTRICTIVE USING (
      (SELECT coalesce(current_setting('app.clients', true), '') = '')
      OR (SELECT true FROM %2$I o WHERE o.centre_id = %1$I.centre_id AND o.id = %1$I.%3$I))
  $q$, part, owner, owner_id);
END
$$;
SELECT wall_by_client('customer');
SELECT wall_by_owner(part, 'customer', 'customer_id')
  FROM unnest(ARRAY['customer_handle', 'customer_word', 'customer_words', 'customer_note']) AS part;
SELECT wall_by_client('customer_import');
SELECT wall_by_owner(part, 'customer_import', 'import_id')
  FROM unnest(ARRAY['customer_import_row', 'customer_import_change']) AS part;
-- Besides their clients' people see the contacts they took part in and those of their queues, which may serve several.
CREATE POLICY own_clients ON contact AS RESTRICTIVE USING (
  (SELECT coalesce(current_setting('app.clients', true), '') = '')
  OR client_id = ANY ((SELECT string_to_array(current_setting('app.clients', true), ','))::text[])
  OR queue_id = ANY ((SELECT string_to_array(current_setting('app.queues', true), ','))::text[])
  OR operator_id = (SELECT current_setting('app.person', true))
  OR (SELECT current_setting('app.person', true)) = ANY (operator_ids)
);
SELECT wall_by_owner(part, 'contact', 'contact_id')
  FROM unnest(ARRAY['contact_operator', 'recording', 'contact_note']) AS part;

-- When a card is gone its parts have no owner any more who could be asked.
CREATE OR REPLACE FUNCTION customers_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  clients text := coalesce(current_setting('app.clients', true), '');
BEGIN
  PERFORM set_config('app.clients', '', true);
  PERFORM remove_customer_parts(g.centre_id, array_agg(g.id)) FROM gone g GROUP BY g.centre_id;
  PERFORM set_config('app.clients', clients, true);
  RETURN NULL;
END
$$;

-- The client's customers with this number: whoever calls one client is nobody's business of another.
CREATE OR REPLACE FUNCTION customers_by_phone(centre uuid, phone text, client text, at_most integer) RETURNS SETOF customer
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  RETURN QUERY SELECT c.* FROM customer_handle h
    JOIN customer c ON c.centre_id = h.centre_id AND c.id = h.customer_id
    WHERE h.centre_id = centre AND h.kind = 'phone' AND h.value = phone AND c.client_id = client
    ORDER BY c.updated_at DESC, c.id LIMIT at_most;
END
$$;

-- As in migration 12, but a missed caller is reached by a talk with the same client only: that another was spoken to is no
-- answer for the one who waits.
CREATE OR REPLACE FUNCTION write_projections(
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
    FOR spoken IN SELECT n.address_id, n.client_id, n.at
      FROM jsonb_to_recordset(reached) AS n(address_id text, client_id text, at bigint) ORDER BY n.at
    LOOP
      UPDATE contact SET reached_at = spoken.at
        WHERE centre_id = centre AND address_id = spoken.address_id AND client_id = spoken.client_id
          AND ended_at <= spoken.at AND missed AND reached_at IS NULL;
      IF replaced > 0 THEN
        UPDATE contact SET reached_at = spoken.at
          WHERE centre_id = centre AND address_id = spoken.address_id AND client_id = spoken.client_id
            AND ended_at <= spoken.at AND missed AND reached_at > spoken.at;
      END IF;
    END LOOP;
  END IF;
END
$$;
