-- What took how long: segments of contacts, spans of operators' shifts, and sums of both by quarter of an hour.
CREATE TABLE segment (
  centre_id uuid NOT NULL,
  contact_id text NOT NULL,
  n integer NOT NULL,
  kind text NOT NULL,
  medium text NOT NULL,
  direction text NOT NULL,
  client_id text NOT NULL,
  queue_id text,
  operator_id text,
  started_at bigint NOT NULL,
  ended_at bigint NOT NULL,
  outcome text,
  PRIMARY KEY (centre_id, contact_id, n)
);
CREATE TABLE operator_span (
  centre_id uuid NOT NULL,
  operator_id text NOT NULL,
  started_at bigint NOT NULL,
  -- Null while it goes on.
  ended_at bigint,
  state text NOT NULL,
  duty text NOT NULL,
  reason_id text,
  contact_id text,
  load integer NOT NULL,
  PRIMARY KEY (centre_id, operator_id, started_at)
);
CREATE INDEX operator_span_started ON operator_span (centre_id, started_at);
CREATE TABLE rollup (
  centre_id uuid NOT NULL,
  -- A rebuild adds up into the next one; which counts stands in `projection`.
  generation integer NOT NULL,
  slot bigint NOT NULL,
  client_id text NOT NULL,
  -- Empty: of no queue, of no operator.
  queue_id text NOT NULL,
  operator_id text NOT NULL,
  medium text NOT NULL,
  sums jsonb NOT NULL,
  PRIMARY KEY (centre_id, generation, slot, client_id, queue_id, operator_id, medium)
);
-- A quarter's sums change again and again while it lasts.
ALTER TABLE rollup SET (fillfactor = 70);
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['segment', 'operator_span', 'rollup'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_centre ON %I USING (centre_id = nullif(current_setting(''app.centre'', true), '''')::uuid)'
      ' WITH CHECK (centre_id = nullif(current_setting(''app.centre'', true), '''')::uuid)', name);
  END LOOP;
END $$;
SELECT wall_by_owner('segment', 'contact', 'contact_id');
SELECT wall_by_client('rollup');

ALTER TABLE projection
  -- Of the roll-ups that it adds to.
  ADD COLUMN generation integer NOT NULL DEFAULT 0,
  -- What was open after entry `state_seq`.
  ADD COLUMN state json,
  ADD COLUMN state_seq bigint NOT NULL DEFAULT 0;

-- Of the pass that wrote the row: at the same entry a rebuild's row takes the place of what was there, and nothing takes its.
ALTER TABLE contact ADD COLUMN generation integer NOT NULL DEFAULT 0;

-- Writes a batch's changes, null where there are none, and tells which contacts it wrote: not those that a newer fold wrote
-- before. What people wrote beside them stays. A rebuild may write out of the order of time; who was not missed was not reached,
-- and a missed caller is reached by a talk with the same client only.
CREATE FUNCTION write_projections(
  centre uuid, into_generation integer, rebuilt boolean, newest boolean,
  contacts jsonb, operators jsonb, recordings jsonb, reached jsonb
) RETURNS text[] LANGUAGE plpgsql AS $$
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
        wrap_up_ms, offers, disposition_id, end_code, answered, voicemail, recorded, while_closed, missed, folded, generation
      )
      SELECT centre,
        r.id, r.direction, r.client_id, r.trunk_id, r.number_id, r.address_id, r.called_address_id, r.customer_id,
        r.customer_leg_id, r.language, r.queue_id, r.operator_id, r.operator_ids, r.started_at, r.answered_at,
        r.ended_at, r.wait_ms, r.talk_ms, r.hold_ms, r.wrap_up_ms, r.offers, r.disposition_id, r.end_code, r.answered,
        r.voicemail, r.recorded, r.while_closed, r.missed, r.folded, into_generation
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
        while_closed = excluded.while_closed, missed = excluded.missed, folded = excluded.folded,
        generation = excluded.generation, reached_at = CASE WHEN excluded.missed THEN contact.reached_at END
        WHERE newest OR (contact.folded, contact.generation) <= (excluded.folded, excluded.generation)
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
      IF rebuilt THEN
        UPDATE contact SET reached_at = spoken.at
          WHERE centre_id = centre AND address_id = spoken.address_id AND client_id = spoken.client_id
            AND ended_at <= spoken.at AND missed AND reached_at > spoken.at;
      END IF;
    END LOOP;
  END IF;
  RETURN written;
END
$$;

CREATE FUNCTION add_sums(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(t.key, t.total), '{}'::jsonb) FROM (
    SELECT e.key, sum(e.value::numeric) AS total
    FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) e GROUP BY e.key
  ) t
$$;

-- Closed segments (one that shows later how it ended comes again), spans, and what is to be added to sums.
CREATE FUNCTION write_report(centre uuid, into_generation integer, segments jsonb, spans jsonb, sums jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO segment (
    centre_id,
    contact_id, n, kind, medium, direction, client_id, queue_id, operator_id, started_at, ended_at, outcome
  )
  SELECT centre,
    r.contact_id, r.n, r.kind, r.medium, r.direction, r.client_id, r.queue_id, r.operator_id, r.started_at, r.ended_at, r.outcome
  FROM jsonb_to_recordset(segments) AS r(
    contact_id text, n integer, kind text, medium text, direction text, client_id text, queue_id text, operator_id text,
    started_at bigint, ended_at bigint, outcome text
  )
  ON CONFLICT (centre_id, contact_id, n) DO UPDATE SET
    kind = excluded.kind, medium = excluded.medium, direction = excluded.direction, client_id = excluded.client_id,
    queue_id = excluded.queue_id, operator_id = excluded.operator_id, started_at = excluded.started_at,
    ended_at = excluded.ended_at, outcome = excluded.outcome;

  INSERT INTO operator_span (
    centre_id,
    operator_id, started_at, ended_at, state, duty, reason_id, contact_id, load
  )
  SELECT centre,
    r.operator_id, r.started_at, r.ended_at, r.state, r.duty, r.reason_id, r.contact_id, r.load
  FROM jsonb_to_recordset(spans) AS r(
    operator_id text, started_at bigint, ended_at bigint, state text, duty text, reason_id text, contact_id text, load integer
  )
  ON CONFLICT (centre_id, operator_id, started_at) DO UPDATE SET
    ended_at = excluded.ended_at, state = excluded.state, duty = excluded.duty, reason_id = excluded.reason_id,
    contact_id = excluded.contact_id, load = excluded.load;

  INSERT INTO rollup (centre_id, generation, slot, client_id, queue_id, operator_id, medium, sums)
  SELECT centre, into_generation, r.slot, r.client_id, r.queue_id, r.operator_id, r.medium, r.sums
  FROM jsonb_to_recordset(sums) AS r(
    slot bigint, client_id text, queue_id text, operator_id text, medium text, sums jsonb
  )
  ON CONFLICT (centre_id, generation, slot, client_id, queue_id, operator_id, medium) DO UPDATE SET
    sums = add_sums(rollup.sums, excluded.sums);
END
$$;
