#!/usr/bin/env bash
# install.sh PACKAGE... — Debian packages, without starting what they bring; a machine that has no lists of them gets those first.
# install.sh --fetch PACKAGE... — their files alone, into the current folder.
# Exit code 69: no source of packages answers, so that nothing can be installed here at all.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
made=; log=$(mktemp); patience=(-o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20)
# policy-rc.d keeps packages from starting daemons
[ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; made=1; }
trap '[ -z "$made" ] || rm -f /usr/sbin/policy-rc.d; rm -f "$log"' EXIT
if [ "$1" = --fetch ]; then
  shift; get() { apt-get download "${patience[@]}" "$@" >"$log" 2>&1; }
else
  get() { apt-get install -y -qq --no-install-recommends "${patience[@]}" "$@" >"$log" 2>&1; }
fi
get "$@" && exit 0
# A machine that was stopped while it installed has packages that are neither here nor there.
dpkg --configure -a >/dev/null 2>&1 || true
answers=
for pause in 0 5 15; do
  sleep "$pause"
  # Of several sources one that does not answer may not matter.
  case $(LC_ALL=C apt-get update "${patience[@]}" 2>&1 || true) in *Hit:*|*Get:*) answers=1;; *) continue;; esac
  get "$@" && exit 0
done
[ -n "$answers" ] || { echo "no source of packages answers, and these are not installed: $*" >&2; exit 69; }
tail -n 5 "$log" >&2; exit 1
