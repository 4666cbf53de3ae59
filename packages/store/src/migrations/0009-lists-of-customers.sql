-- Customers by the hundred thousand. What was written beside each card cost more than the card: a foreign-key check and an
-- index entry by customer for each search word. Now a card's words stand together in one row, which is how they are looked
-- up by card, and a trigger takes a card's parts away with it.
CREATE TABLE customer_words (
  centre_id uuid NOT NULL,
  customer_id text NOT NULL,
  words text[] COLLATE "C" NOT NULL,
  PRIMARY KEY (centre_id, customer_id)
);
ALTER TABLE customer_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_words FORCE ROW LEVEL SECURITY;
CREATE POLICY own_centre ON customer_words USING (centre_id = nullif(current_setting('app.centre', true), '')::uuid)
  WITH CHECK (centre_id = nullif(current_setting('app.centre', true), '')::uuid);

ALTER TABLE customer_handle DROP CONSTRAINT customer_handle_centre_id_customer_id_fkey;
ALTER TABLE customer_word DROP CONSTRAINT customer_word_centre_id_customer_id_fkey;
DROP INDEX customer_word_customer;

-- Always by key: on young tables, or for a few cards among very many, the planner would read all words.
CREATE FUNCTION remove_customer_parts(centre uuid, ids text[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  DELETE FROM customer_handle h WHERE h.centre_id = centre AND h.customer_id = ANY (ids);
  WITH old AS (
    DELETE FROM customer_words p WHERE p.centre_id = centre AND p.customer_id = ANY (ids) RETURNING p.customer_id, p.words
  )
  DELETE FROM customer_word w USING old o, unnest(o.words) AS u(word)
    WHERE w.centre_id = centre AND w.word = u.word COLLATE "C" AND w.customer_id = o.customer_id;
END
$$;
CREATE FUNCTION customers_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM remove_customer_parts(g.centre_id, array_agg(g.id)) FROM gone g GROUP BY g.centre_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER customers_gone AFTER DELETE ON customer REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION customers_gone();

-- Rows of a list are stored in the order of their lines, so a line says how far an import is; a change knows its row. What a
-- new card is stored as (`made`) is made ready when the list is checked, so that storing it needs nobody but the database.
ALTER TABLE customer_import ADD COLUMN stored_line integer NOT NULL DEFAULT 0;
ALTER TABLE customer_import_row ADD COLUMN made jsonb;
ALTER TABLE customer_import_change ADD COLUMN line integer;
DROP INDEX customer_import_row_waiting;
CREATE INDEX customer_import_change_line ON customer_import_change (centre_id, import_id, line);

-- Stores those of the next rows that become new cards and says how far that goes; the others are left to the caller.
CREATE FUNCTION store_new_cards(centre uuid, import text, after integer, at_most integer, at bigint)
RETURNS TABLE (rows integer, last_line integer, made integer) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
  client text;
BEGIN
  SELECT i.client_id INTO client FROM customer_import i WHERE i.centre_id = centre AND i.id = import;
  SELECT count(*), max(n.line) INTO rows, last_line FROM (
    SELECT r.line FROM customer_import_row r
      WHERE r.centre_id = centre AND r.import_id = import AND r.line > after AND r.verdict <> 'out' ORDER BY r.line LIMIT at_most
  ) n;
  WITH fresh AS MATERIALIZED (
    SELECT r.line, m.* FROM customer_import_row r, jsonb_to_record(r.made) AS m(
        id text, name text, sort_name text, company text, language text, fields jsonb, handles jsonb, words text[])
      WHERE r.centre_id = centre AND r.import_id = import AND r.line > after AND r.line <= last_line AND r.made IS NOT NULL
        AND (r.verdict = 'new' OR (r.verdict = 'doubtful' AND coalesce(r.decision, 'two') = 'two'))
  ), cards AS (
    INSERT INTO customer (
        centre_id, id, client_id, name, sort_name, company, language, fields, handles, version, created_at, updated_at)
      SELECT centre, f.id, client, f.name, f.sort_name, f.company, f.language, f.fields, f.handles, 1, at, at FROM fresh f
  ), handles AS (
    INSERT INTO customer_handle (centre_id, customer_id, kind, value)
      SELECT centre, f.id, h.kind, h.value FROM fresh f, jsonb_to_recordset(f.handles) AS h(kind text, value text)
  ), parts AS (
    INSERT INTO customer_words (centre_id, customer_id, words) SELECT centre, f.id, f.words FROM fresh f
  ), words AS (
    INSERT INTO customer_word (centre_id, word, customer_id) SELECT centre, u.word, f.id FROM fresh f, unnest(f.words) AS u(word)
  ), changes AS (
    INSERT INTO customer_import_change (centre_id, import_id, customer_id, before, version, line)
      SELECT centre, import, f.id, NULL, 1, f.line FROM fresh f RETURNING 1
  )
  SELECT count(*) INTO made FROM changes;
  RETURN NEXT;
END
$$;

-- Rows of a database, or of a backup, that is older than this.
CREATE FUNCTION settle_lists(centre uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  INSERT INTO customer_words (centre_id, customer_id, words)
    SELECT w.centre_id, w.customer_id, array_agg(w.word) FROM customer_word w
    WHERE w.centre_id = centre GROUP BY w.centre_id, w.customer_id
    ON CONFLICT DO NOTHING;
  UPDATE customer_import i SET stored_line = r.line
    FROM (SELECT import_id, max(line) AS line FROM customer_import_row WHERE centre_id = centre AND applied GROUP BY import_id) r
    WHERE i.centre_id = centre AND i.id = r.import_id AND i.stored_line = 0;
END
$$;
ALTER FUNCTION settle_old_rows(uuid) RENAME TO settle_clients;
CREATE FUNCTION settle_old_rows(centre uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM settle_clients(centre);
  PERFORM settle_lists(centre);
END
$$;
DO $$
DECLARE
  own record;
BEGIN
  FOR own IN SELECT centre_id FROM centre_directory LOOP
    PERFORM settle_lists(own.centre_id);
  END LOOP;
  PERFORM set_config('app.centre', '', true);
END
$$;
