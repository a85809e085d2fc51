#!/usr/bin/env bash
# install.sh PACKAGE... — Debian packages, without starting what they bring; a machine that has no lists of them gets those first.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
made=; log=$(mktemp)
# policy-rc.d keeps packages from starting daemons
[ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; made=1; }
trap '[ -z "$made" ] || rm -f /usr/sbin/policy-rc.d; rm -f "$log"' EXIT
install() { apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1; }
install "$@" && exit 0
apt-get update -qq -o DPkg::Lock::Timeout=120 >>"$log" 2>&1 || { tail -5 "$log" >&2; exit 1; }
install "$@" || { tail -5 "$log" >&2; exit 1; }
