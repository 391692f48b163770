-- When a mail with the invitation, or the account's webhook, last took it; null: nobody has it from here.
-- `sent_at`, the time it was made or renewed, is read no longer.
ALTER TABLE invitations ADD COLUMN handed_over_at timestamptz;

-- Whoever has redeemed one has had it.
UPDATE invitations SET handed_over_at = sent_at WHERE redeemed_at IS NOT NULL;
