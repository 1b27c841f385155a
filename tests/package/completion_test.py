#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The completion of bash, zsh and fish, in the real shells: a line is typed, and what the shell offers is looked at.

BUILD=build/release tests/package/completion_test.py [PART_OF_A_CASE'S_NAME...]
"""
import atexit
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/engines"))
sys.dont_write_bytecode = True
from support.cases import case, contains, equal, run_all, succeed, true
from support.terminal import Terminal

BUILD = pathlib.Path(os.environ.get("BUILD") or ROOT / "build/release").resolve()
MANUAL = BUILD / "manual"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="runcxx-completion."))
STATE = WORK / "state"
IDS = ["first", "second", "third"]
os.environ["PATH"] = f"{WORK}/bin:{os.environ['PATH']}"


def runcxx(*arguments):
    return succeed("runcxx", *arguments)


def options_in_help(*command):
    """Long options of a command, or of the program, that its help shows; the global ones are in both."""
    return set(re.findall(r"^   (--[a-z0-9-]+)", runcxx(*command, "--help"), re.M))


def commands_in_help():
    block = re.search(r"^COMMANDS:\n(.*?)\n\n", runcxx("--help"), re.M | re.S)[1]
    return re.findall(r"^   ([a-z]+)", block, re.M)


class Bash:
    """Interactive, with one key that inserts all that completion offers, and one that shows the line instead of running it."""
    INSERT, SHOW, ARGV = "\x14", "\x19", ["bash", "--norc", "--noprofile", "-i"]
    PREPARE = ("show() { printf '\\n@@ %s\\n' \"$READLINE_LINE\"; READLINE_LINE=; }; bind -x '\"\\C-y\": show'; "
               "bind '\"\\C-t\": insert-completions'")
    LOAD = f"source {MANUAL}/bash/runcxx"

    def __init__(self, load=None):
        os.environ["PS1"] = "ready> "
        os.environ["PROMPT"] = "ready> "
        self.terminal = Terminal(*self.ARGV, columns=4000)
        self.terminal.expect("ready> ")
        self.terminal.send(f"{self.PREPARE}; {load or self.LOAD}; echo set''up\n")
        self.terminal.expect("setup\n")
        self.terminal.expect("ready> ")

    def complete(self, line):
        self.terminal.send(f"{line}{self.INSERT}{self.SHOW}")
        return self.terminal.expect(r"\n@@ (.*)\n")[1]

    def offers(self, line):
        head = line[:max(line.rfind(" "), line.rfind("=")) + 1]
        # zsh has put the = of an option with a value there already.
        added = [word.rstrip("=") for word in self.complete(line)[len(head.rstrip()):].split()]
        typed = line[len(head):].split()
        return [] if added == typed else [word.removeprefix(head.split(" ")[-1]) for word in added]


class Zsh(Bash):
    ARGV = ["zsh", "-f", "-i"]
    PREPARE = ("bindkey -e; show() { zle -I; print -r -- $'\\n'\"@@ $BUFFER\"; BUFFER=; }; zle -N show; bindkey '^Y' show")
    LOAD = (f"fpath=({MANUAL}/zsh $fpath); autoload -U compinit; compinit -u -D; "
             "zle -C all-matches complete-word _generic; bindkey '^T' all-matches; "
             "zstyle ':completion:all-matches:*' completer _all_matches _complete; "
             "zstyle ':completion:all-matches:*' old-matches no; zstyle ':completion:all-matches:*' insert yes")


class Fish:
    def offers(self, line):
        output = succeed("fish", "--no-config", "-c", f"source {MANUAL}/fish/runcxx.fish; complete -C $argv[1]", "--", line)
        head = line[:max(line.rfind(" "), line.rfind("=")) + 1].split(" ")[-1]
        return [word.split("\t")[0].removeprefix(head) for word in output.splitlines()]


def in_each_shell(name):
    """A case for each shell; the function gets `offers(line)`: the words that complete the line."""
    def register(function):
        for kind in (Bash, Zsh, Fish):
            case(f"{kind.__name__.lower()}: {name}")(lambda kind=kind: function(shell(kind).offers))
    return register


shells = {}


def shell(kind):
    if kind not in shells:
        shells[kind] = kind()
    return shells[kind]


def prepare():
    atexit.register(clean_up)
    (WORK / "bin").mkdir()
    (WORK / "bin/runcxx").symlink_to(BUILD / "runcxx")
    bundle = WORK / "bundle"
    (bundle / "rootfs/bin").mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), bundle / "rootfs/bin/sh")
    (bundle / "file").touch()
    runcxx("spec", "--bundle", bundle)
    spec = json.loads((bundle / "config.json").read_text())
    spec["process"]["terminal"] = False
    (bundle / "config.json").write_text(json.dumps(spec))
    (WORK / "a link").symlink_to(STATE)
    os.environ["HOME"] = str(WORK)
    for name in IDS:
        # Not by a pipe: the containers keep it open.
        subprocess.run(["runcxx", "--root", STATE, "--cgroup-manager", "disabled", "create", "--bundle", bundle, name],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def clean_up():
    for opened in shells.values():
        if isinstance(opened, Bash):
            opened.terminal.close()
    for name in IDS if STATE.exists() else []:
        subprocess.run(["runcxx", "--root", STATE, "delete", "--force", name])
    shutil.rmtree(WORK)


@in_each_shell("all commands")
def _(offers):
    equal(sorted(offers("runcxx ")), sorted(commands_in_help()))
    equal(offers("runcxx --root /x --debug pau"), ["pause"])
    equal(sorted(offers("runcxx help re")), ["restore", "resume"])


@in_each_shell("every option that help shows, and no other")
def _(offers):
    equal(sorted(offers("runcxx --")), sorted(options_in_help()))
    for command in commands_in_help():
        if command != "help":
            equal(sorted(set(offers(f"runcxx {command} --"))), sorted(options_in_help(command)), command)


@in_each_shell("ids of the containers below --root, wherever that stands")
def _(offers):
    equal(sorted(offers(f"runcxx --root {STATE} kill ")), IDS)
    equal(offers(f"runcxx --root={STATE} --debug state s"), ["second"])
    equal(sorted(offers(f"runcxx exec --root {STATE} --tty --user 0:0 -e A=B ")), IDS)
    equal(offers(f"runcxx update --root={STATE} --memory 1g t"), ["third"])
    equal(offers(f"runcxx --root {WORK}/nothing kill "), [])
    equal(offers(f"runcxx --root '{WORK}/a link' kill f"), ["first"])
    equal(offers("runcxx --root ~/state kill f"), ["first"])


@in_each_shell("what was typed is not evaluated")
def _(offers):
    offers(f"runcxx --root $(touch {WORK}/evaluated) kill ")
    offers(f"runcxx --root=`touch {WORK}/evaluated` kill ")
    true(not (WORK / "evaluated").exists(), "a command on the line was run")


@in_each_shell("no ids where a new one is wanted or none is")
def _(offers):
    for command in ("create ", "run ", "list ", "features ", "state first "):
        # Where there is nothing else, zsh offers options.
        equal(set(offers(f"runcxx --root {STATE} {command}")) & set(IDS), set(), command)


@in_each_shell("values that are known")
def _(offers):
    equal(sorted(offers("runcxx --log-format ")), ["json", "text"])
    equal(sorted(offers("runcxx --log-format=")), ["json", "text"])
    equal(offers("runcxx list --log-format t"), ["text"])
    equal(sorted(offers("runcxx list --format ")), ["json", "table"])
    equal(sorted(offers("runcxx list -f ")), ["json", "table"])
    equal(offers("runcxx --cgroup-manager dis"), ["disabled"])
    equal(offers("runcxx exec --cap CAP_SYS_AD"), ["CAP_SYS_ADMIN"])
    equal(offers(f"runcxx --root {STATE} kill first SIGK"), ["SIGKILL"])


@in_each_shell("files and directories")
def _(offers):
    equal([word.rstrip("/") for word in offers(f"runcxx run --bundle {WORK}/b")], [f"{WORK}/bin", f"{WORK}/bundle"])
    equal(offers(f"runcxx run --bundle {WORK}/bundle/fi"), [])
    equal(offers(f"runcxx update --resources {WORK}/bundle/fi"), [f"{WORK}/bundle/file"])
    equal(offers(f"runcxx update --resources={WORK}/bundle/fi"), [f"{WORK}/bundle/file"])


@in_each_shell("an option that is a flag for spec and takes a value elsewhere")
def _(offers):
    equal(sorted(offers("runcxx --rootless ")), ["auto", "false", "true"])
    equal(sorted(offers("runcxx list --rootless ")), ["auto", "false", "true"])
    equal(offers("runcxx spec --rootless t"), [])


@in_each_shell("nothing of ours behind the id of exec, kill and ps")
def _(offers):
    for command in ("exec", "kill", "ps"):
        equal(offers(f"runcxx --root {STATE} {command} first --"), [], command)


@case("bash: bash-completion loads the file when it is needed")
def _():
    data = WORK / "share/bash-completion/completions"
    data.mkdir(parents=True)
    (data / "runcxx").symlink_to(MANUAL / "bash/runcxx")
    loading = Bash(f"XDG_DATA_DIRS={WORK}/share:/usr/share; source /usr/share/bash-completion/bash_completion; "
                   "bind '\"\\C-t\": complete'")
    try:
        contains(loading.complete("runcxx upd"), "runcxx update")
    finally:
        loading.terminal.close()


if os.getuid() != 0:
    sys.exit("the ids are those of real containers: this needs root")
prepare()
run_all(lambda: "")
