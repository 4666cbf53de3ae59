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
