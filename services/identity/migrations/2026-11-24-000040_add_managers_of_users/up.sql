-- The manager, where the value names what can be a user: whose name is shown, and who is to have no manager
-- when that user goes. The database derives it, so that it is right in rows that older processes write too.
ALTER TABLE users ADD COLUMN manager_id uuid GENERATED ALWAYS AS (
    CASE WHEN resource #>> '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,manager,value}'
        ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    THEN (resource #>> '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,manager,value}')::uuid
    END
) STORED;
CREATE INDEX users_manager_idx ON users (account_id, manager_id) WHERE manager_id IS NOT NULL;
