-- In one join for all cards, the planner read all words of the centre where there are few thousands: now card by card, by
-- the whole key (decision 8).
CREATE OR REPLACE FUNCTION remove_customer_parts(centre uuid, ids text[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  old record;
BEGIN
  DELETE FROM customer_handle h WHERE h.centre_id = centre AND h.customer_id = ANY (ids);
  FOR old IN
    DELETE FROM customer_words p WHERE p.centre_id = centre AND p.customer_id = ANY (ids) RETURNING p.customer_id, p.words
  LOOP
    DELETE FROM customer_word w
      WHERE w.centre_id = centre AND w.word = ANY (old.words) AND w.customer_id = old.customer_id;
  END LOOP;
END
$$;
