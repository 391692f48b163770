ALTER TABLE resources ALTER COLUMN account_id RESET (n_distinct);
ALTER TABLE users ALTER COLUMN account_id RESET (n_distinct);
