-- Recordings whose time is over go to a trash first: `deleted_at` says since when, `purged_at` that the file is gone for good.
ALTER TABLE recording ADD COLUMN restored_at bigint;
ALTER TABLE recording ADD COLUMN purged_at bigint;
UPDATE recording SET purged_at = deleted_at WHERE state = 'deleted';
CREATE INDEX recording_trash ON recording (centre_id, deleted_at) WHERE state = 'deleted' AND purged_at IS NULL;
