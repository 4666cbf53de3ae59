-- More of what happens in every call as one statement each (see 0002).

-- Dialogs of legs that were answered, and legs that ended.
CREATE FUNCTION change_dialogs(centre uuid, answered jsonb, ended text[], at bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.centre', centre::text, true);
  INSERT INTO sip_dialog (centre_id, leg_id, contact_id, dialog, saved_at)
    SELECT centre, d.leg_id, d.contact_id, d.dialog, at
    FROM jsonb_to_recordset(answered) AS d(leg_id text, contact_id text, dialog jsonb)
    ON CONFLICT (centre_id, leg_id) DO UPDATE SET
      contact_id = excluded.contact_id, dialog = excluded.dialog, saved_at = excluded.saved_at;
  DELETE FROM sip_dialog s WHERE s.centre_id = centre AND s.leg_id = ANY (ended);
END
$$;
