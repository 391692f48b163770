DROP TABLE resource_keys;
DROP TABLE resources;
