#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `run` of a static true: ours beside Debian's runc and crun, and the kernel's own price (floor.c). Then commands on a
# container that runs, exec among them (lifecycle.py: those that end it too; needs busybox-static).
#   RUNTIME=path bench/run.sh          results also in build/bench/results*.json
# Needs root. In a private mount namespace with cgroup v1 only (crun of Debian 12 does not work on hybrid hosts); on a
# host with cgroup v2 nothing is changed. BENCH_ROUNDS (150), BENCH_PAUSED_ROUNDS (25) and BENCH_LIFECYCLE_ROUNDS (40)
# set the length.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
RUNTIME=${RUNTIME:-$here/../build/release/runcxx}
out=${BENCH_OUT:-$here/../build/bench}
mkdir -p "$out"
for program in floor measure true; do
    ${CC:-cc} -std=gnu11 -O2 -static -s -o "$out/$program" "$here/$program.c"
done
export RUNTIME BENCH_OUT="$out"
mkdir -p "$out/run"
# State and bundles on a tmpfs, as /run is on every host: on a disk the price of new inodes hides the rest. Where cgroup2
# was mounted, crun makes directories all the same: another tmpfs takes them.
exec unshare --mount --propagation private sh -c '
    if grep -q " /sys/fs/cgroup/unified cgroup2 " /proc/self/mounts; then
        umount /sys/fs/cgroup/unified
        mount -t tmpfs bench /sys/fs/cgroup/unified
    fi
    mount -t tmpfs bench "$BENCH_OUT/run"
    export TMPDIR="$BENCH_OUT/run"
    python3 "$1/run.py" && one=0 || one=$?
    python3 "$1/exec.py" && [ "$one" -eq 0 ]' sh "$here"
