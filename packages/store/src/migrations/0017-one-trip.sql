-- A batch of the live projector in one round trip: its place, and what it changes. False, and nothing is written, when it
-- stands elsewhere or is another server's. The commit is not waited for: what a crash takes back is folded again.
CREATE FUNCTION project_live(
  centre uuid, lease_epoch bigint, after bigint, upto bigint, into_generation integer,
  contacts jsonb, operators jsonb, recordings jsonb, reached jsonb, segments jsonb, spans jsonb, sums jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true), set_config('synchronous_commit', 'off', true);
  UPDATE projection SET seq = upto
    WHERE centre_id = centre AND name = 'live' AND epoch = lease_epoch AND seq = after;
  IF NOT FOUND THEN RETURN false; END IF;
  IF contacts IS NOT NULL OR operators IS NOT NULL OR recordings IS NOT NULL OR reached IS NOT NULL THEN
    PERFORM write_projections(centre, into_generation, false, false, contacts, operators, recordings, reached);
  END IF;
  IF segments IS NOT NULL OR spans IS NOT NULL OR sums IS NOT NULL THEN
    PERFORM write_report(centre, into_generation, segments, spans, sums);
  END IF;
  RETURN true;
END
$$;
