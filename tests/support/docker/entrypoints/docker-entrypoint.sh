#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# PostgreSQL from Debian's packages, told by the variables that the official image knows: POSTGRES_USER,
# POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS. Scripts in /docker-entrypoint-initdb.d run once, at the beginning.
set -eu
data=/var/lib/postgresql/data
user=${POSTGRES_USER:-postgres}

as_server() { setpriv --reuid=server --regid=server --clear-groups -- "$@"; }

# A folder of its own here; a maintainer script would link it.
ln -sfn /run/postgresql /var/run/postgresql
mkdir -p "$data" /run/postgresql
chown server: "$data" /run/postgresql
chmod 700 "$data"
if [ ! -s "$data/PG_VERSION" ]; then
  secret=$(mktemp)
  printf '%s\n' "${POSTGRES_PASSWORD:?}" >"$secret"
  chown server: "$secret"
  # shellcheck disable=SC2086 # words
  as_server initdb --pgdata="$data" --username="$user" --pwfile="$secret" --auth-local=trust --auth-host=scram-sha-256 \
    ${POSTGRES_INITDB_ARGS:-}
  rm "$secret"
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
  # Nobody but the scripts reaches this one.
  as_server pg_ctl --pgdata="$data" --options="-c listen_addresses=" --wait start
  if [ "${POSTGRES_DB:-postgres}" != postgres ]; then
    psql --username="$user" --dbname=postgres --command="CREATE DATABASE \"$POSTGRES_DB\""
  fi
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ ! -e "$script" ] || bash "$script"
  done
  as_server pg_ctl --pgdata="$data" --mode=fast --wait stop
fi
[ "${1:-}" != postgres ] || shift
exec setpriv --reuid=server --regid=server --clear-groups -- \
  postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql -c timezone=UTC "$@"
