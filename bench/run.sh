#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures ours beside Debian's crun and runc and the kernel's own price (floor.c), and prints the table of targets.py.
#   RUNTIME=path bench/run.sh [v2] [v1] [phases] [vm]       default: all but vm; figures in build/bench/results.json too
#   bench/run.sh layout      measures nothing: writes cmake/startup.ld (layout.py; x86-64)
# Needs root. Each cgroup mode has a mount namespace of its own: `v2` is cgroup v2 alone, without controllers where v1 has
# them; `v1` is v1 alone, on hosts that have it (Debian 12's crun refuses a host with both). `phases` is where the time of a
# run goes, under strace on v2 (phases.py); `vm` is the rows that need systemd and controllers, in a virtual machine (vm.py).
# BENCH_ROUNDS (120) sets the length of everything; CRUN and RUNC name other builds of those.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
RUNTIME=${RUNTIME:-$here/../build/release/runcxx}
BENCH_OUT=${BENCH_OUT:-$here/../build/bench}
export RUNTIME BENCH_OUT PYTHONDONTWRITEBYTECODE=1
mkdir -p "$BENCH_OUT/run"
BENCH_OUT=$(cd "$BENCH_OUT" && pwd)
compile() { ${CC:-cc} -std=gnu11 -O2 -static -s -o "$BENCH_OUT/$1" "$here/$1.c"; }
for program in floor measure memlock true; do
    compile "$program"
done

# As a package manager writes it: the pages of a file that a linker wrote lie scattered in the page cache, and every start
# would pay for it (5 % of a --version).
case " $* " in *" vm "*) ;; *)
    install -m 755 "$RUNTIME" "$BENCH_OUT/runcxx"
    RUNTIME=$BENCH_OUT/runcxx ;;
esac

only_v2='
    if [ "$(stat --file-system --format %T /sys/fs/cgroup)" != cgroup2fs ]; then
        umount --recursive /sys/fs/cgroup
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
    fi'
# crun makes directories for v2 all the same where it was mounted: a tmpfs takes them.
only_v1='
    if grep -q " /sys/fs/cgroup/unified cgroup2 " /proc/self/mounts; then
        umount /sys/fs/cgroup/unified
        mount -t tmpfs bench /sys/fs/cgroup/unified
    fi'
has_v1() { grep -q " cgroup rw.*devices" /proc/self/mounts; }

in_mode() {    # PREPARATION PROGRAM ARGUMENT...
    # State and bundles on a tmpfs, as /run is on every host: on a disk the price of new inodes hides the rest.
    preparation=$1
    shift
    unshare --mount --propagation private sh -euc "$preparation"'
        mount -t tmpfs bench "$BENCH_OUT/run"
        TMPDIR="$BENCH_OUT/run" exec "$BENCH_OUT/memlock" python3 "$@"' sh "$@"
}

[ $# -gt 0 ] || set -- v2 v1 phases
for mode; do
    echo "bench: $mode" >&2
    case $mode in
        v2) in_mode "$only_v2" "$here/run.py" v2 ;;
        v1) if has_v1; then in_mode "$only_v1" "$here/run.py" v1; else rm -f "$BENCH_OUT/figures-v1.json"; fi ;;
        phases) in_mode "$only_v2" "$here/phases.py" ;;
        vm) python3 "$here/vm.py" ;;
        layout) compile executed && in_mode "$only_v2" "$here/layout.py"; exit ;;
        *) echo "bench: unknown mode \"$mode\": v2, v1, phases or vm" >&2; exit 2 ;;
    esac
done
exec python3 "$here/report.py" "$BENCH_OUT"
