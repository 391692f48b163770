-- The extension in each database of Muster; to be run by psql as a superuser on every node, after
-- deploy/postgres/init.sql.
\set ON_ERROR_STOP on
\connect identity
CREATE EXTENSION IF NOT EXISTS citus;
\connect group
CREATE EXTENSION IF NOT EXISTS citus;
\connect token
CREATE EXTENSION IF NOT EXISTS citus;
\connect settings
CREATE EXTENSION IF NOT EXISTS citus;
