ALTER TABLE group_members ALTER COLUMN account_id RESET (n_distinct);
ALTER TABLE groups ALTER COLUMN account_id RESET (n_distinct);
