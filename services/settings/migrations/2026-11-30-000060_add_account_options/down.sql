ALTER TABLE accounts DROP COLUMN unique_external_id, DROP COLUMN protect_permission_groups;
