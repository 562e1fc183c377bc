#!/bin/bash
# Runs once, when PostgreSQL's volume is new: makes the account that TasksBus uses, which owns its database and is no superuser.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password TASKSBUS_PASSWORD
create role tasksbus login nosuperuser nocreatedb nocreaterole password :'password';
create database tasksbus owner tasksbus;
revoke all on database tasksbus, postgres from public;
\connect tasksbus
-- With it the leader notices a backup that was restored.
grant execute on function pg_control_system() to tasksbus;
SQL
