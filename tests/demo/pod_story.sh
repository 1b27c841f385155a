#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pod story: what containerd's CRI does for a pod of one app, played with the runtime binary alone and shown.
#   RUNTIME=path/to/runcxx tests/demo/pod_story.sh
# Needs root, busybox (static) and iproute2. Leaves nothing; non-zero when the namespaces turn out not to be shared.
set -eu

RUNTIME=${RUNTIME:-$(dirname "$0")/../../build/release/runcxx}
case $RUNTIME in */*) RUNTIME=$(cd "$(dirname "$RUNTIME")" && pwd)/$(basename "$RUNTIME") ;; esac
BUSYBOX=${BUSYBOX:-$(command -v busybox)}
work=$(mktemp -d)
chmod 755 "$work"
uuid=$(cat /proc/sys/kernel/random/uuid)
netns=cni-$uuid
sandbox=pod-$uuid
app=app-$uuid
bold= plain=
[ -t 1 ] && bold=$(printf '\033[1m') plain=$(printf '\033[0m')

say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
fail() { printf 'pod story: %s\n' "$*" >&2; exit 1; }
rt() { "$RUNTIME" --root "$work/state" "$@"; }

# As containerd does it: a file with the namespace of a short-lived process bound to it. (`ip netns add` would also turn
# /run/netns itself into a mount, which stays.)
pin() {
    mkdir -p /run/netns
    : >"/run/netns/$netns"
    "$BUSYBOX" unshare --net "$BUSYBOX" mount -o bind /proc/self/ns/net "/run/netns/$netns"
}
unpin() {
    [ -e "/run/netns/$netns" ] || return 0
    "$BUSYBOX" umount "/run/netns/$netns" 2>/dev/null || :
    rm -f "/run/netns/$netns"
}

finished=no
cleanup() {
    status=$?
    trap - EXIT INT TERM
    for id in "$app" "$sandbox"; do rt delete --force "$id" >/dev/null 2>&1 || :; done
    unpin
    left=
    [ -e "/run/netns/$netns" ] && left="$left netns"
    [ -n "$(ls -A "$work/state" 2>/dev/null)" ] && left="$left state"
    grep -q "$work" /proc/self/mounts && left="$left mounts"
    [ -n "$(find /sys/fs/cgroup -type d -name "*$uuid" 2>/dev/null)" ] && left="$left cgroups"
    for pid in ${pause_pid:-} ${app_pid:-}; do
        [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" && left="$left process-$pid"
    done
    rm -rf "$work"
    if [ -n "$left" ]; then
        printf 'pod story: left behind:%s\n' "$left" >&2
        exit 1
    fi
    if [ $finished = yes ]; then
        say "cleaned up: no namespace, mount, cgroup, process or state is left"
    fi
    exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# $1 = bundle directory, $2 = shell script of the container, $3 = namespace list (JSON), $4 = further top-level fields
make_bundle() {
    mkdir -p "$1/rootfs/bin" "$1/rootfs/proc" "$1/rootfs/dev" "$1/rootfs/sys" "$1/rootfs/tmp"
    cp "$BUSYBOX" "$1/rootfs/bin/busybox"
    for applet in sh sleep cat echo hostname ip nc readlink stat tr; do ln -sf busybox "$1/rootfs/bin/$applet"; done
    cat >"$1/config.json" <<JSON
{
  "ociVersion": "1.0.2", $4
  "process": {
    "user": {"uid": 0, "gid": 0}, "cwd": "/", "noNewPrivileges": true,
    "env": ["PATH=/bin"], "args": ["sh", "-c", "$2"],
    "capabilities": {"bounding": ["CAP_NET_BIND_SERVICE"], "effective": ["CAP_NET_BIND_SERVICE"], "permitted": ["CAP_NET_BIND_SERVICE"]}
  },
  "root": {"path": "rootfs", "readonly": true},
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
    {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]}
  ],
  "linux": {
    "resources": {"devices": [{"allow": false, "access": "rwm"}]},
    "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
    "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"],
    "namespaces": $3
  }
}
JSON
}

wait_for() { # $1 = file, $2 = text; at most five seconds
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
        grep -q "$2" "$1" 2>/dev/null && return 0
        sleep 0.2
    done
    cat "$1" >&2 || :
    fail "did not see \"$2\" in time"
}

[ "$(id -u)" = 0 ] || fail "needs root"
printf 'runtime: %s (%s)\n' "$RUNTIME" "$("$RUNTIME" --version | head -n 1)"

say "a network namespace, pinned as containerd pins it: /run/netns/$netns"
pin
ip -n "$netns" link set lo up
ip -n "$netns" addr add 10.88.0.7/32 dev lo
ip -n "$netns" -brief addr show

say "the pause sandbox, born into it"
make_bundle "$work/sandbox" \
    'trap exit TERM; (while :; do echo \"the sandbox answers on $(hostname)\" | nc -l -p 7777; done) & while :; do sleep 3600 & wait; done' \
    "[{\"type\": \"pid\"}, {\"type\": \"mount\"}, {\"type\": \"ipc\"}, {\"type\": \"uts\"}, {\"type\": \"network\", \"path\": \"/run/netns/$netns\"}]" \
    '"hostname": "the-pod",'
rt create --bundle "$work/sandbox" --pid-file "$work/pause.pid" "$sandbox" >"$work/pause.out" 2>&1 </dev/null || {
    cat "$work/pause.out" >&2
    fail "create of the sandbox failed"
}
rt start "$sandbox"
pause_pid=$(cat "$work/pause.pid")
echo "pause runs as pid $pause_pid"

say "the app, joining /proc/$pause_pid/ns/{net,ipc,uts}"
make_bundle "$work/app" \
    'for n in net ipc uts pid mnt; do echo NS $n $(readlink /proc/self/ns/$n); done; echo HOSTNAME $(hostname); ip addr show lo; try=0; until text=$(nc 127.0.0.1 7777 </dev/null); [ -n \"$text\" ] || [ $try = 40 ]; do try=$((try + 1)); sleep 0.1; done; echo MESSAGE $text; echo READY; trap exit TERM; while :; do sleep 3600 & wait; done' \
    "[{\"type\": \"pid\"}, {\"type\": \"mount\"}, {\"type\": \"network\", \"path\": \"/proc/$pause_pid/ns/net\"}, {\"type\": \"ipc\", \"path\": \"/proc/$pause_pid/ns/ipc\"}, {\"type\": \"uts\", \"path\": \"/proc/$pause_pid/ns/uts\"}]" \
    ''
rt create --bundle "$work/app" --pid-file "$work/app.pid" "$app" >"$work/app.out" 2>&1 </dev/null || {
    cat "$work/app.out" >&2
    fail "create of the app failed"
}
rt start "$app"
app_pid=$(cat "$work/app.pid")
wait_for "$work/app.out" READY
rt list

say "the namespaces side by side"
inode() { readlink "/proc/$1/ns/$2" | tr -dc '0-9\n'; }
printf '%-9s %-12s %-12s %-12s %s\n' namespace host pause app ''
pinned=$(stat -L -c %i "/run/netns/$netns")
wrong=
for ns in net ipc uts pid mnt; do
    host=$(inode self $ns) pause=$(inode "$pause_pid" $ns) own=$(inode "$app_pid" $ns)
    if [ "$pause" = "$own" ] && [ "$own" != "$host" ]; then verdict=shared; else verdict=own; fi
    [ "$own" = "$host" ] && verdict="the host's"
    case $ns in net | ipc | uts) expected=shared ;; *) expected=own ;; esac
    [ "$verdict" = $expected ] || wrong="$wrong $ns"
    [ "$ns" = net ] && [ "$pause" != "$pinned" ] && wrong="$wrong pinned-net"
    # What the app itself read inside must be what the host sees.
    grep -q "^NS $ns $ns:\[$own\]" "$work/app.out" || wrong="$wrong inside-$ns"
    note=$verdict
    [ "$ns" = net ] && note="$verdict, pinned as $pinned"
    printf '%-9s %-12s %-12s %-12s %s\n' $ns "$host" "$pause" "$own" "$note"
done

say "what the app sees"
sed -n 's/^HOSTNAME /hostname: /p; s/^MESSAGE /over 127.0.0.1: /p; /inet /p' "$work/app.out"
grep -q '^HOSTNAME the-pod$' "$work/app.out" || wrong="$wrong hostname"
grep -q 'inet 10.88.0.7' "$work/app.out" || wrong="$wrong address"
grep -q '^MESSAGE the sandbox answers on the-pod$' "$work/app.out" || wrong="$wrong message"

say "the end: the app is told to stop, then the sandbox"
for id in "$app" "$sandbox"; do
    rt kill "$id" TERM
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        rt state "$id" | grep -q '"status": "stopped"' && break
        sleep 0.1
    done
    rt delete "$id"
    echo "$id is gone"
done

[ -z "$wrong" ] || fail "not as it should be:$wrong"
finished=yes
