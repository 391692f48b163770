-- One database and one role per service. Run once by psql as a superuser, with the environment
-- variables <SERVICE>_DB_PASSWORD set.
\set ON_ERROR_STOP on
\getenv identity_password IDENTITY_DB_PASSWORD
\getenv group_password GROUP_DB_PASSWORD
\getenv token_password TOKEN_DB_PASSWORD
\getenv settings_password SETTINGS_DB_PASSWORD

CREATE ROLE identity LOGIN PASSWORD :'identity_password';
CREATE ROLE "group" LOGIN PASSWORD :'group_password';
CREATE ROLE token LOGIN PASSWORD :'token_password';
CREATE ROLE settings LOGIN PASSWORD :'settings_password';

CREATE DATABASE identity OWNER identity;
CREATE DATABASE "group" OWNER "group";
CREATE DATABASE token OWNER token;
CREATE DATABASE settings OWNER settings;
REVOKE ALL ON DATABASE identity, "group", token, settings FROM PUBLIC;

-- Indexes for substring search within an account; both extensions ship with PostgreSQL.
\connect identity
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
\connect group
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
