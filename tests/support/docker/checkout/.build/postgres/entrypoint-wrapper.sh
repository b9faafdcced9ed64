#!/bin/bash
# At every start: the server, and then those of POSTGRES_MULTIPLE_DATABASES that it lacks.
set -eu
docker-entrypoint.sh "$@" &
server=$!
trap 'kill -INT $server' INT TERM
export PGPASSWORD=$POSTGRES_PASSWORD
until psql --host=localhost --username="$POSTGRES_USER" --dbname=postgres --command="SELECT 1" >/dev/null 2>&1; do
  kill -0 $server
  sleep 0.3
done
for name in $POSTGRES_DB ${POSTGRES_MULTIPLE_DATABASES//,/ }; do
  psql --host=localhost --username="$POSTGRES_USER" --dbname=postgres --tuples-only --no-align \
    --command="SELECT 'CREATE DATABASE \"$name\"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name')" |
    psql --host=localhost --username="$POSTGRES_USER" --dbname=postgres
done
# A signal ends the first wait.
wait $server || true
wait $server
