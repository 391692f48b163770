-- The audit log of one resource, and of one actor.
CREATE INDEX changes_resource_idx ON changes (account_id, resource_id, created_at, id);
CREATE INDEX changes_actor_idx ON changes (account_id, actor_id, created_at, id);
