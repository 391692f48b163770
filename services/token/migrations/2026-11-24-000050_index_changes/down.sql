DROP INDEX changes_resource_idx;
DROP INDEX changes_actor_idx;
