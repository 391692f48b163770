ALTER TABLE ip_rules DROP COLUMN description, DROP COLUMN created_at, DROP COLUMN updated_at;
ALTER TABLE license_maps DROP COLUMN created_at, DROP COLUMN updated_at;
