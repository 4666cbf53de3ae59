-- Whose customer a card is: a client's, or "~", the centre's own, which managers see until it is given to a client. Cards
-- without a client go to the one client of all their contacts; in a centre with one client, to that one. And the line by
-- which a centre phones itself up is no part of its configuration any more: it trusted everything on this machine.
-- A function, because rows of an older backup come without passing here.
CREATE FUNCTION settle_old_rows(centre uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  only_client text;
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  DELETE FROM entity WHERE centre_id = centre AND (kind, id) IN
    (('trunk', 'test-line'), ('number', 'test-number'), ('scenario', 'test-call'));
  SELECT min(id) INTO only_client FROM entity WHERE centre_id = centre AND kind = 'client' HAVING count(*) = 1;
  IF only_client IS NOT NULL THEN
    UPDATE customer SET client_id = only_client WHERE centre_id = centre AND client_id IS NULL;
    RETURN;
  END IF;
  UPDATE customer c SET client_id = coalesce(
    (SELECT min(k.client_id) FROM (
        SELECT t.client_id FROM contact t WHERE t.centre_id = centre AND t.customer_id = c.id
        UNION ALL
        SELECT t.client_id FROM customer_handle h
          JOIN address a ON a.centre_id = centre AND a.key = h.value
          JOIN contact t ON t.centre_id = centre AND t.address_id = a.id AND t.customer_id IS NULL
          WHERE h.centre_id = centre AND h.customer_id = c.id AND h.kind = 'phone'
      ) k HAVING count(DISTINCT k.client_id) = 1),
    '~')
  WHERE c.centre_id = centre AND c.client_id IS NULL;
END
$$;

DO $$
DECLARE
  own record;
BEGIN
  FOR own IN SELECT centre_id FROM centre_directory LOOP
    PERFORM settle_old_rows(own.centre_id);
  END LOOP;
  PERFORM set_config('app.centre', '', true);
END
$$;

CREATE INDEX customer_client ON customer (centre_id, client_id, sort_name, id);
