#!/usr/bin/env bash
# slurm-accounts-up.sh — a Slurm of one node with accounts (slurmdbd on a MariaDB of its own), beside the one of slurm-up.sh: root may
# use the accounts `two`, whose users have at most two jobs in the queue, and `many`. Prints the exports that its commands need.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); P=/var/lib/heddle-slurm-accounts; DB=$P/mariadb; PORT=6849; SQL=13849
export SLURM_PREFIX=$P SLURM_CONF=$P/slurm.conf SLURM_PORT=6847 SLURM_NODE_PORTS=17200 SLURM_DBD=$PORT SLURM_MIN_AGE=2
if ! command -v slurmdbd >/dev/null || ! command -v mariadbd >/dev/null || ! command -v mariadb-install-db >/dev/null; then
  bash "$HERE/install.sh" slurm-wlm munge slurmdbd mariadb-server-core mariadb-client-core
fi
is() { [ -s "$1" ] && [ "$(cat "/proc/$(cat "$1")/comm" 2>/dev/null)" = "$2" ]; }
# Its jobs and accounts are of no use to the next day.
if ! is $P/dbd.pid slurmdbd; then
  "$HERE/slurm-accounts-down.sh" >/dev/null 2>&1 || true
  rm -rf "$P"; install -d -m 0755 $P $P/log; install -d -m 0700 $DB
  password=$(head -c 18 /dev/urandom | base64)
  mariadb-install-db --no-defaults --user=root --datadir=$DB --skip-test-db --auth-root-authentication-method=socket >$P/log/install-db.log 2>&1 ||
    { tail -n 5 $P/log/install-db.log >&2; exit 1; }
  install -m 0600 /dev/null $P/init.sql
  # One statement a line is what it takes.
  printf '%s;\n' 'CREATE DATABASE accounts' "CREATE USER slurm@'127.0.0.1' IDENTIFIED BY '$password'" "GRANT ALL ON accounts.* TO slurm@'127.0.0.1'" >$P/init.sql
  setsid mariadbd --no-defaults --user=root --datadir=$DB --socket=$DB/socket --pid-file=$P/mariadbd.pid --bind-address=127.0.0.1 --port=$SQL \
    --skip-name-resolve --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 --init-file=$P/init.sql </dev/null >$P/log/mariadbd.log 2>&1 & disown
  for k in $(seq 600); do [ -S $DB/socket ] && [ -s $P/mariadbd.pid ] && break; sleep .1; done
  [ -s $P/mariadbd.pid ] || { echo "MariaDB did not come up:" >&2; tail -n 5 $P/log/mariadbd.log >&2; exit 1; }
  # munge, without which slurmdbd does not begin, comes with the first Slurm.
  env -u SLURM_PREFIX -u SLURM_CONF -u SLURM_PORT -u SLURM_NODE_PORTS -u SLURM_DBD -u SLURM_MIN_AGE "$HERE/slurm-up.sh" >/dev/null
  install -m 0600 /dev/null $P/slurmdbd.conf
  cat >$P/slurmdbd.conf <<C
AuthType=auth/munge
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$PORT
SlurmUser=root
PidFile=$P/dbd.pid
LogFile=$P/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$SQL
StorageUser=slurm
StoragePass=$password
StorageLoc=accounts
C
  slurmdbd
  # What sacctmgr asks is where this file says.
  printf 'ClusterName=heddle\nSlurmctldHost=localhost(127.0.0.1)\nSlurmctldPort=%s\nAccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=127.0.0.1\nAccountingStoragePort=%s\n' $SLURM_PORT $PORT >$SLURM_CONF
  for k in $(seq 300); do sacctmgr -n show cluster >/dev/null 2>&1 && break; sleep .2; done
  sacctmgr -n show cluster >/dev/null 2>&1 || { echo "slurmdbd did not come up:" >&2; tail -n 5 $P/log/slurmdbd.log >&2; exit 1; }
  sacct() { sacctmgr -i "$@" >>$P/log/sacctmgr.log 2>&1 || { tail -n 5 $P/log/sacctmgr.log >&2; exit 1; }; }
  sacct add cluster heddle
  for account in many two; do sacct add account $account Description=tests Organization=heddle; done
  sacct add user root Account=many
  sacct add user root Account=two MaxSubmitJobs=2
fi
"$HERE/slurm-up.sh" 1 >/dev/null
echo "export SLURM_CONF=$SLURM_CONF"
