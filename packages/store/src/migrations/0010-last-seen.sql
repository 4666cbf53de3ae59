-- When somebody was here last is still known when their sessions are over; while they last, the sessions know it better.
ALTER TABLE credential ADD COLUMN seen_at bigint;
