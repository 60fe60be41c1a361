#!/usr/bin/env bash
# A one-machine Ceph with an S3 gateway on loopback, for tests: real signatures, durable, restartable. Not for keeping data.
#   ceph-rgw.sh start DIR PORT    make it in DIR (or start what is there); ports PORT to PORT+2 and 6800 onwards
#   ceph-rgw.sh gateway DIR PORT  start the gateway alone, after it was killed
#   ceph-rgw.sh stop DIR          stop all of it
# The user's keys are in DIR/keys.env. Needs root and the packages of debian-packages.sh.
set -euo pipefail

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
action=$1 dir=$(realpath -m "$2") port=${3:-}
export CEPH_CONF=$dir/ceph.conf

configure() {
  mkdir -p "$dir"/{mon,mgr,osd,run,log}
  fsid=$(cat /proc/sys/kernel/random/uuid)
  # auth none needs "crc secure" for the monitor's clients, or the gateway hangs for five minutes.
  cat > "$CEPH_CONF" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc secure
ms client mode = crc secure
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
osd pool default pg num = 8
osd pool default pgp num = 8
mon max pg per osd = 1000
osd memory target = 939524096
run dir = $dir/run
log file = $dir/log/\$name.log
admin socket = $dir/run/\$name.asok
pid file = $dir/run/\$name.pid
mon data = $dir/mon
mgr data = $dir/mgr
osd data = $dir/osd
osd objectstore = bluestore
bluestore block size = 8589934592
bluestore block create = true
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:$port
CONF
  printf 'AWS_ACCESS_KEY_ID=copydesk-test\nAWS_SECRET_ACCESS_KEY=%s\n' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" \
    > "$dir/keys.env"
  monmaptool --create --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" --fsid "$fsid" "$dir/monmap"
  ceph-mon --mkfs -i a --monmap "$dir/monmap" --setuser root --setgroup root
}

gateway() {
  radosgw -n client.admin --no-mon-config --setuser root --setgroup root
  for _ in $(seq 720); do
    if curl -s -o /dev/null "http://127.0.0.1:$port"; then echo "S3 at http://127.0.0.1:$port"; return; fi
    sleep 0.25
  done
  echo "the gateway does not answer; see $dir/log" >&2
  exit 1
}

start() {
  fresh=; [ -f "$CEPH_CONF" ] || fresh=1
  if [ "$fresh" ]; then configure >/dev/null; fi
  ceph-mon -i a --setuser root --setgroup root
  ceph-mgr -i x --setuser root --setgroup root
  if [ "$fresh" ]; then
    osd=$(cat /proc/sys/kernel/random/uuid)
    timeout 180 ceph osd new "$osd" 0 >/dev/null
    ceph-osd -i 0 --mkfs --osd-uuid "$osd" --setuser root --setgroup root 2>/dev/null
    timeout 180 ceph osd crush add osd.0 1.0 host=localhost root=default >/dev/null 2>&1
  fi
  ceph-osd -i 0 --setuser root --setgroup root
  if [ "$fresh" ]; then
    . "$dir/keys.env"
    timeout 240 radosgw-admin user create --uid=copydesk --display-name=copydesk \
      --access-key="$AWS_ACCESS_KEY_ID" --secret="$AWS_SECRET_ACCESS_KEY" >/dev/null
  fi
  gateway
}

stop() {
  # Nothing here is worth a clean end, and the storage daemon takes ten seconds for one.
  for file in "$dir"/run/*.pid; do
    [ -s "$file" ] && kill -9 "$(cat "$file")" 2>/dev/null || true
  done
}

case $action in
  start) [ "$port" ] || usage; start ;;
  gateway) [ "$port" ] || usage; gateway ;;
  stop) stop ;;
  *) usage ;;
esac
