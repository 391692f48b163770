ALTER TABLE groups DROP COLUMN scim_allowed;
