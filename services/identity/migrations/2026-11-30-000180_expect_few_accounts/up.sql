-- Statistics of a small table say that an account has a few rows, and still say so when it has a hundred thousand. Then
-- the planner reads them all rather than look up the one. Taken to have many rows, an account is never read whole where
-- an index has what is looked for.
ALTER TABLE users ALTER COLUMN account_id SET (n_distinct = 10);
ALTER TABLE resources ALTER COLUMN account_id SET (n_distinct = 10);
