-- The number by which the admin API names a group; SCIM knows the uuid alone.
ALTER TABLE groups ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX groups_number_idx ON groups (account_id, number);
