-- Whether SCIM may link and change the group although it was made by hand and has permission sets; it matters
-- where the account protects such groups.
ALTER TABLE groups ADD COLUMN scim_allowed boolean NOT NULL DEFAULT false;
