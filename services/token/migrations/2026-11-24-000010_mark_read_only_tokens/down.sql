ALTER TABLE tokens DROP COLUMN read_only;
