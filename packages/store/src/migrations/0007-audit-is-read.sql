-- A page reads the audit by kind and by time now.
CREATE INDEX audit_what ON audit (centre_id, what, id DESC);
CREATE INDEX audit_at ON audit (centre_id, at);
