ALTER TABLE administrator_locks DROP COLUMN checked_at;
