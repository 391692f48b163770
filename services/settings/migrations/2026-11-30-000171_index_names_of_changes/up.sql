-- The audit log of what had this name.
CREATE INDEX changes_name_idx ON changes (account_id, resource_name_key, created_at, id) WHERE resource_name_key <> '';
