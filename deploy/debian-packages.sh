#!/usr/bin/env bash
# Debian packages that the full test suite uses; run as root. The product itself needs none of them.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
wanted=(postgresql chromium ceph-mon ceph-mgr ceph-osd radosgw ceph-common curl)
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
