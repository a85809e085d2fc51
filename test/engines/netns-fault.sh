#!/usr/bin/env bash
# netns-fault.sh cut A B | heal A B | down A | up A | fw A LO-HI | nofw A     (A, B: h1..hN or login)
# cut = a SILENT partition (no RST, no ICMP): each side's neighbour entry points at a MAC nobody has.
# fw  = only TCP ports LO-HI (several ranges with commas; and replies) may be opened towards A; the rest is dropped silently (needs nftables).
set -euo pipefail
ipof() { [ "$1" = login ] && echo 10.77.0.254 || echo 10.77.0.${1#h}; }
on() { local h=$1; shift; if [ "$h" = login ]; then "$@"; else ip netns exec "$h" "$@"; fi; }
dev() { [ "$1" = login ] && echo hdlbr || echo eth0; }
case $1 in
  cut)  on $2 ip neigh replace "$(ipof $3)" lladdr 02:00:00:00:de:ad dev "$(dev $2)" nud permanent
        on $3 ip neigh replace "$(ipof $2)" lladdr 02:00:00:00:de:ad dev "$(dev $3)" nud permanent;;
  heal) on $2 ip neigh del "$(ipof $3)" dev "$(dev $2)"; on $3 ip neigh del "$(ipof $2)" dev "$(dev $3)";;
  down) ip -n $2 link set eth0 down;;  up) ip -n $2 link set eth0 up; ip -n $2 route replace default via 10.77.0.254;;
  fw)   # needs nftables
        # This machine has other networks, which are none of this test's business.
        others=; [ "$2" = login ] && others='iifname != "hdlbr" accept'
        on $2 nft -f - <<N
table inet heddle {
 chain in {
  type filter hook input priority 0; policy drop;
  iif lo accept
  $others
  ct state established,related accept
  icmp type echo-request accept
  tcp dport { $3 } accept
 }
}
N
        ;;
  nofw) on $2 nft delete table inet heddle;;
  *) sed -n 2,5p "$0"; exit 2;;
esac
