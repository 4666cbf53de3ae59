-- For writes of one statement: makes the centre's rows visible, and says whether its lease is still held under this epoch.
-- FROM holds_lease(...) AS held WHERE held stands before what is called, so that nothing is done when it is not.
CREATE FUNCTION holds_lease(centre uuid, lease_epoch bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  RETURN EXISTS (SELECT 1 FROM lease WHERE centre_id = centre AND epoch = lease_epoch);
END
$$;
