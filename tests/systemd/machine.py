"""A Debian 12 machine with its own systemd beside this one, for tests that run as root.

    import machine

    machine.enter()                            # first of all: begins again in namespaces of its own
    with machine.Machine() as debian:
        debian.run("systemctl", "start", "x")  # a CompletedProcess
        debian.read("/etc/hostname")
        subprocess.run(["ping", "-c", "1", debian.ip])   # this program's own network reaches nothing but the machine

The tree is made by debootstrap from the archive that apt is configured for here, holds what the server is built with, and is kept in
$XDG_CACHE_HOME/clawchat-test; it is never written to: what a machine changes is in memory and vanishes with it. systemd-nspawn boots it.
The source tree is at /src, read-only.

enter () starts the program again below `unshare`, in a control group of its own: everything that a test makes (processes, links, mounts,
control groups) is gone when it ends, however it ends. Where a machine cannot be booted the program ends with 77 and the reason.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("G_TEST_SRCDIR", pathlib.Path(__file__).parent.parent)).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "clawchat-test"
SUITE = "bookworm"
PROGRAMS = ("debootstrap", "systemd-nspawn", "unshare", "nsenter", "ip", "bash")
INSIDE = "CLAWCHAT_MACHINE"  # in the environment of the program that enter () began again: the tree
GROUPS = "CLAWCHAT_MACHINE_GROUPS"  # its control groups
SKIP = 77
BOOT_S = 60
TIMEOUT_S = 120  # of a command of run ()
MACHINE_IP, HOST_IP = "198.18.0.2", "198.18.0.1"
UNSHARE = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]


def skip(reason):
    print(f"SKIP: {reason}", flush=True)
    sys.exit(SKIP)


# The tree

def find_archive():
    """The Debian archive that apt uses here."""
    targets = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(COMPONENT)|$(CODENAME)",
                              "Identifier: Packages"], capture_output=True, text=True, check=False).stdout
    for line in targets.splitlines():
        origin, uri, component, codename = line.split("|")
        if origin == "Debian" and component == "main" and "security" not in codename:
            return uri
    skip("apt is configured for no archive of Debian")


def find_packages():
    """What the installation wants to find, so that a machine without a network has it."""
    script = '. scripts/dependencies && echo "${build_packages[*]}"'
    names = subprocess.run(["bash", "-c", script], cwd=SOURCE, capture_output=True, text=True, check=True).stdout.split()
    return sorted({*names, "systemd", "systemd-sysv"})


def make_tree():
    """Makes the tree if it is not there. Returns its path."""
    packages = find_packages()
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    family = f"{SUITE}-{architecture}-"
    tree = CACHE / (family + hashlib.sha256(" ".join(packages).encode()).hexdigest()[:8])
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if tree.exists():
            return tree
        for old in CACHE.glob(family + "*"):
            shutil.rmtree(old)
        new = pathlib.Path(tempfile.mkdtemp(prefix="new-", dir=CACHE))
        print(f"# making {tree}", flush=True)
        result = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(packages), SUITE, new, find_archive()],
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            shutil.rmtree(new)
            skip("debootstrap: " + " / ".join((result.stdout + result.stderr).strip().splitlines()[-2:]))
        for cached in new.glob("var/cache/apt/archives/*.deb"):
            cached.unlink()
        new.chmod(0o755)
        new.rename(tree)
    return tree


# Going inside

def make_groups():
    """Makes a control group of our own in each hierarchy. Returns their paths."""
    mounts = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        left, right = line.split(" - ")
        kind, _, options = right.split(" ")
        if kind in ("cgroup", "cgroup2"):
            mounts.append((kind, left.split(" ")[4], options.split(",")))
    groups = []
    for line in pathlib.Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        for kind, directory, options in mounts:
            if controllers == "" and kind == "cgroup2" or controllers != "" and controllers.split(",")[0] in options:
                group = pathlib.Path(directory + path) / f"clawchat-test-{os.getpid()}"
                group.mkdir()
                groups.append(str(group))
                for name in ("cpuset.cpus", "cpuset.mems"):
                    if controllers == "cpuset":
                        (group / name).write_bytes((group.parent / name).read_bytes())
    return groups


def remove_groups(groups):
    for group in groups:
        for directory, _, _ in os.walk(group, topdown=False):
            for _ in range(50):
                with contextlib.suppress(OSError):
                    os.rmdir(directory)
                    break
                time.sleep(0.02)  # its last process is about to be gone


def has_only_unified():
    return os.path.exists("/sys/fs/cgroup/cgroup.controllers")


def enter(*programs):
    """Begins this program again inside namespaces of its own, or ends it with 77 and the reason why that cannot be.

    programs: what the test needs besides."""
    if os.environ.get(INSIDE):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        # systemd-nspawn leaves traces in /run.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "machine", "/run"], check=True)
        os.makedirs("/run/netns")
        return
    if os.geteuid() != 0:
        skip("a machine of its own needs root")
    for program in (*PROGRAMS, *programs):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode != 0:
        skip("the kernel refuses namespaces")
    os.environ[INSIDE] = str(make_tree())
    try:
        groups = make_groups()
    except OSError as error:
        skip(f"no control group can be made: {error}")
    os.environ[GROUPS] = ":".join(groups)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with subprocess.Popen([*UNSHARE, sys.executable, *sys.argv]) as process:
            try:
                code = process.wait()
            finally:
                process.kill()
    finally:
        remove_groups(groups)
    sys.exit(code)


# A machine

class Machine:
    """A booted machine, at `ip` in a network of its own with this program."""

    ip = MACHINE_IP

    def __init__(self):
        self.log = tempfile.TemporaryFile()
        self.nspawn = None
        self.leader = None

    def __enter__(self):
        self._link()
        self._boot()
        return self

    def __exit__(self, *exception):
        if exception[0] is not None and self.leader is not None:
            print(self.journal("--lines=40"), flush=True)
        self.nspawn.kill()
        self.nspawn.wait()
        self.log.close()

    @staticmethod
    def _link():
        for command in ("netns add machine", "link add host0 type veth peer name eth0 netns machine", "link set lo up",
                        f"addr add {HOST_IP}/24 dev host0", "link set host0 up",
                        f"route add default via {MACHINE_IP}", "-n machine link set lo up",
                        f"-n machine addr add {MACHINE_IP}/24 dev eth0", "-n machine link set eth0 up",
                        f"-n machine route add default via {HOST_IP}"):
            subprocess.run(["ip", *command.split()], check=True)

    def _boot(self):
        # Calls that a machine has and that systemd-nspawn takes from a container: locked memory, Landlock.
        calls = "@memlock landlock_create_ruleset landlock_add_rule landlock_restrict_self"
        command = ["systemd-nspawn", "--directory", os.environ[INSIDE], "--volatile=overlay", "--register=no", "--keep-unit",
                   "--network-namespace-path=/run/netns/machine", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
                   "--hostname=debian", f"--system-call-filter={calls}", f"--bind-ro={SOURCE}:/src", "--boot"]
        environment = dict(os.environ)
        if not has_only_unified():
            environment["SYSTEMD_NSPAWN_UNIFIED_HIERARCHY"] = "0"
        move = 'for group in $GROUPS_OF_TEST; do echo 0 > "$group/cgroup.procs" || exit; done; exec "$@"'
        environment["GROUPS_OF_TEST"] = os.environ[GROUPS].replace(":", " ")
        self.nspawn = subprocess.Popen(["sh", "-c", move, "sh", *command], stdin=subprocess.DEVNULL, stdout=self.log,
                                       stderr=self.log, env=environment)
        end = time.monotonic() + BOOT_S
        while not self._is_up():
            if self.nspawn.poll() is not None or time.monotonic() > end:
                self.log.seek(0)
                text = re.sub(r"\x1b[^A-Za-z]*[A-Za-z]", "", self.log.read().decode("utf-8", "replace"))
                skip("systemd-nspawn does not boot here: " + " / ".join(text.strip().splitlines()[-3:]))
            time.sleep(0.05)

    def _is_up(self):
        self.leader = self.leader or self._find_leader()
        if self.leader is None:
            return False
        state = self.run("systemctl", "is-system-running")
        return state.stdout.strip() in ("running", "degraded")

    def _find_leader(self):
        """Below systemd-nspawn, the process that is the first one of its PID namespace."""
        parents = {self.nspawn.pid}
        for status in sorted(pathlib.Path("/proc").glob("[0-9]*/status"), key=lambda path: int(path.parent.name)):
            with contextlib.suppress(OSError):
                fields = dict(line.split(":\t", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":\t" in line)
                if int(fields["PPid"]) in parents:
                    parents.add(int(fields["Pid"]))
                    if fields["NSpid"].split()[-1] == "1" and fields["Name"] == "systemd":
                        return int(fields["Pid"])
        return None

    def run(self, *arguments, **options):
        """Runs a command in the machine to its end. Returns its CompletedProcess, with the output as text."""
        settings = {"capture_output": True, "text": True, "timeout": TIMEOUT_S, "check": False, **options}
        return subprocess.run(["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
                               "--", "env", "-i", "--chdir=/", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8",
                               "HOME=/root", *map(str, arguments)], **settings)

    def output(self, *arguments, **options):
        """The standard output of a command that has to succeed."""
        result = self.run(*arguments, **options)
        assert result.returncode == 0, f"{arguments}: exit code {result.returncode}\n{result.stdout}{result.stderr}"
        return result.stdout

    def shell(self, script, **options):
        return self.output("bash", "-euc", script, **options)

    def read(self, path):
        return self.run("cat", path, text=False, check=True).stdout

    def write(self, path, text):
        """As an editor does it: a new file takes the place of the old one."""
        self.shell(f"cat > {path}.new && chmod 644 {path}.new && mv {path}.new {path}", input=text)

    def property(self, unit, name):
        return self.output("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, *options):
        return self.run("journalctl", "--no-pager", "--output=cat", *options).stdout

    def list_files(self):
        """Every path of the machine's disk."""
        return set(self.output("find", "/", "-xdev", "!", "-path", "/proc/*", "!", "-path", "/sys/*").splitlines())
