#!/bin/bash
# At the first start: each of POSTGRES_MULTIPLE_DATABASES.
set -eu
for name in ${POSTGRES_MULTIPLE_DATABASES//,/ }; do
  if [ "$name" != "$POSTGRES_DB" ]; then
    psql --username="$POSTGRES_USER" --dbname=postgres --command="CREATE DATABASE \"$name\""
  fi
done
