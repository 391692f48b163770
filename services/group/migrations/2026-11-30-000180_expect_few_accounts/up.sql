-- As in `identity`: an account is never read whole where an index has what is looked for.
ALTER TABLE groups ALTER COLUMN account_id SET (n_distinct = 10);
ALTER TABLE group_members ALTER COLUMN account_id SET (n_distinct = 10);
