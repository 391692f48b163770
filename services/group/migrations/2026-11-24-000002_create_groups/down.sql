DROP TABLE feed_position;
DROP TABLE administrator_locks;
DROP TABLE nesting_locks;
DROP TABLE known_users;
DROP TABLE group_members;
DROP TABLE group_permissions;
DROP TABLE groups;
