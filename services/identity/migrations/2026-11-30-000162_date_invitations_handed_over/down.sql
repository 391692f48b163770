ALTER TABLE invitations DROP COLUMN handed_over_at;
