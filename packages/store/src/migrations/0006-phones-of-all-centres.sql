-- Telephones of all centres sign in at one registrar: a user name belongs to one centre of the installation. Where two
-- had the same before, the older centre is listed, and its telephone is the one that signs in.
ALTER TABLE directory DROP CONSTRAINT directory_kind_check;
ALTER TABLE directory ADD CONSTRAINT directory_kind_check
  CHECK (kind IN ('session', 'invitation', 'token', 'login', 'host', 'phone'));
CREATE UNIQUE INDEX directory_phone ON directory (key_hash) WHERE kind = 'phone';

DO $$
DECLARE
  own record;
BEGIN
  FOR own IN SELECT centre_id FROM centre_directory ORDER BY created_at, centre_id LOOP
    PERFORM set_config('app.centre', own.centre_id::text, true);
    INSERT INTO directory (kind, key_hash, centre_id)
      SELECT 'phone', sha256(convert_to(data ->> 'username', 'UTF8')), centre_id
      FROM entity WHERE centre_id = own.centre_id AND kind = 'device'
      ON CONFLICT DO NOTHING;
  END LOOP;
  PERFORM set_config('app.centre', '', true);
END
$$;
