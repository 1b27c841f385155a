# SPDX-License-Identifier: Apache-2.0
"""The engines of another Debian than this machine's: SUITE=trixie, SUITE=forky.

A tree of that release is made once with mmdebstrap, kept in ~/.cache/runcxx-engines, and is the root of the isolated host.
"""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import time

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
INSTALLER = CHECKOUT / "tools/install-deps"
MORE = "docker-cli,docker-buildx,nftables,runc"  # what other releases have in packages of their own, or only recommend
DAYS = 30  # until its packages are looked up again

# In a new mount namespace. Nothing is written to the tree: what the engines change goes to memory.
ENTER = """
tree=$1 checkout=$2; shift 2
mount -t tmpfs tmpfs /mnt
mkdir /mnt/root /mnt/changes /mnt/work
mount -t overlay -o "lowerdir=$tree,upperdir=/mnt/changes,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root
mkdir -p ".$checkout"
mount --bind "$checkout" ".$checkout"
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
pivot_root . .
umount -l .
cd /
exec "$@"
"""


def into(suite, command):
    """The command that runs another one in that release. Of this machine it sees the checkout, where it was."""
    return ["sh", "-euc", ENTER, "sh", _tree(suite), str(CHECKOUT), *command]


def _tree(suite):
    recipe = hashlib.sha256((pathlib.Path(__file__).read_text() + INSTALLER.read_text()).encode()).hexdigest()[:16]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "runcxx-engines"
    cache.mkdir(parents=True, exist_ok=True)
    tree = cache / f"{suite}-{recipe}"
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists() or time.time() - tree.stat().st_mtime > DAYS * 86400:
            print(f"making a {suite} with engines in {tree}", flush=True)
            for old in cache.glob(f"{suite}-*"):
                shutil.rmtree(old)
            new = cache / f"{suite}-new"
            subprocess.run(
                ["unshare", "--mount", "--propagation", "private",  # however it ends, nothing stays mounted in the tree
                 "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={MORE}",
                 "--aptopt=Acquire::Check-Valid-Until false",  # a mirror may stand still
                 *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale")),
                 f"--customize-hook=upload {INSTALLER} /install-deps",
                 '--customize-hook=chroot "$1" sh /install-deps engines',
                 '--customize-hook=chroot "$1" useradd --system containers',  # newer podman looks for whose the ids are
                 '--customize-hook=touch "$1/etc/subuid" "$1/etc/subgid"',
                 suite, new], check=True)
            os.utime(new)
            new.rename(tree)
    return str(tree)
