DROP TABLE feed_position;
DROP TABLE nesting_locks;
DROP TABLE known_users;
DROP TABLE group_members;
DROP TABLE groups;
