-- The number by which the admin API names a user; SCIM knows the uuid alone.
ALTER TABLE users ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX users_number_idx ON users (account_id, number);
