#!/usr/bin/env bash
# netns-up.sh [N=3] [DELAY_MS=0] [LOSS_PCT=0] [MBIT=0] — N 'hosts' (network namespaces h1..hN, 10.77.0.1..N, own hostname,
# own /etc/hosts) on one L2 segment; this machine is 'login' = 10.77.0.254.
# DELAY=LOSS=0: kernel bridge + veth.  Otherwise (no sch_netem in this kernel): TAP devices joined by netlag.py, a
# user-space switch that adds one-way DELAY to every frame and drops LOSS %.
# MBIT>0 limits each host's egress with tc tbf.
# Then:  nsx h2 CMD...            run CMD on h2 (see nsx)
#        netns-fault.sh cut h1 h2 | heal h1 h2 | down h1 | up h1 | fw h1 9000-9010 | nofw h1
set -euo pipefail
N=${1:-3}; D=${2:-0}; L=${3:-0}; B=${4:-0}; HERE=$(cd "$(dirname "$0")" && pwd); R=/run/heddle-netns
"$HERE/netns-down.sh" >/dev/null 2>&1 || true
mkdir -p $R
hosts() { local i; echo "127.0.0.1 localhost"; echo "10.77.0.254 login"; for i in $(seq "$N"); do echo "10.77.0.$i h$i node$i"; done; }
for i in $(seq "$N"); do
  ip netns add h$i; mkdir -p /etc/netns/h$i; hosts >/etc/netns/h$i/hosts; echo h$i >/etc/netns/h$i/hostname
  ip -n h$i link set lo up
done
if [ "$D" = 0 ] && [ "$L" = 0 ]; then
  ip link add hdlbr type bridge; ip addr add 10.77.0.254/24 dev hdlbr; ip link set hdlbr up
  for i in $(seq "$N"); do
    ip link add hdlv$i type veth peer name eth0 netns h$i
    ip link set hdlv$i master hdlbr up
    ip -n h$i addr add 10.77.0.$i/24 dev eth0; ip -n h$i link set eth0 up
  done
else
  python3 "$HERE/netlag.py" "$N" "$D" "$L" >$R/netlag.log 2>&1 & echo $! >$R/netlag.pid
  for k in $(seq 50); do grep -q ready $R/netlag.log 2>/dev/null && break; sleep .1; done
  ip addr add 10.77.0.254/24 dev hdlbr; ip link set hdlbr up
  for i in $(seq "$N"); do ip -n h$i addr add 10.77.0.$i/24 dev eth0; ip -n h$i link set eth0 up; done
fi
[ "$B" = 0 ] || for i in $(seq "$N"); do tc -n h$i qdisc add dev eth0 root tbf rate ${B}mbit burst 64kb latency 200ms; done
for i in $(seq "$N"); do ip -n h$i route add default via 10.77.0.254; done
# names on the login side
sed -i '/# heddle-netns$/d' /etc/hosts; t=$(mktemp); { cat /etc/hosts; for i in $(seq "$N"); do echo "10.77.0.$i h$i node$i # heddle-netns"; done; } >$t; cat $t >/etc/hosts; rm $t
echo "$N" >$R/n
for i in $(seq "$N"); do "$HERE/nsx" h$i sh -c 'echo "$(hostname) $(ip -4 -o addr show eth0 | tr -s " " | cut -d" " -f4)"'; done
