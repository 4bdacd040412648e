#!/usr/bin/env python3
"""The life of a server on a real Debian with a real systemd: installed, started, reloaded, killed, stuck, stopped, upgraded, removed; with
five clients beside it, which come back by themselves each time. The steps build on each other: the first one that fails ends the test."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import machine

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "loopback"))
from clawchat_processes import CLIENT, Process, wait_until  # noqa: E402

UNIT = "clawchat-server.service"
CONFIG = "/etc/clawchat/server.yaml"
DATA = "/home/openclaw/clawchat"
KEY = "/etc/credstore/clawchat.bootstrap-key"
EXPOSURE_MAX = 1.3
LOST = "The connection was lost"
NAMES = ("anna", "ben", "carla", "dora", "emil")
INSTALL = ("/src/scripts/install_server.sh", "--build-dir", "/var/tmp/build")
# What a removal may leave behind or change: the build, logs, and the files of users with their copies.
LEFT = re.compile(r"/var/tmp/build|/var/log/|/var/lib/(systemd|private|misc|dpkg|apt)\b|/var/cache/|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$"
                  r"|/etc/systemd/system/.*\.wants$|/run/|/tmp|/dev/|/etc/.*\.lock|/etc/credstore$|/root/")


class Site:
    """The machine, its clients, and what the steps have to remember."""

    def __init__(self, debian, directory):
        self.debian = debian
        self.directory = pathlib.Path(directory)
        self.clients = {}
        self.said = 0
        self.figures = []
        self.files = set()
        self.fingerprint = None

    def figure(self, text):
        self.figures.append(text)
        print(f"# {text}", flush=True)

    def server(self, *arguments):
        return self.debian.output("clawchat-server", *arguments)

    def sessions(self):
        result = self.debian.run("clawchat-server", "sessions", "--json")
        return len(json.loads(result.stdout)["sessions"]) if result.returncode == 0 else 0

    def all_are_back(self):
        return self.sessions() == len(NAMES)

    def pid(self):
        return int(self.debian.property(UNIT, "MainPID"))

    def connect(self, name):
        """Carries a .sec file and the key over and pairs a client with them."""
        sec, key, home = (self.directory / f"{name}{end}" for end in (".sec", ".key", ""))
        sec.write_bytes(self.debian.read(self.server("new-file").strip()))
        key.write_bytes(self.debian.read(KEY))
        key.chmod(0o600)
        home.mkdir(mode=0o700)
        before = self.sessions()
        self.clients[name] = Process([CLIENT, "--no-gui", "--file", str(sec), "--bootstrap-key-file", str(key), "--name", name],
                                     env={**os.environ, "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)})
        wait_until(lambda: self.sessions() > before, f"{name} to connect")

    def chat(self):
        """A line of one client reaches all others."""
        self.said += 1
        first, *others = self.clients.items()
        first[1].type(f"line {self.said}")
        for name, client in others:
            client.wait_for_line(f"{first[0]}: line {self.said}")
            assert client.process.poll() is None, name

    def speak(self):
        """Everybody says something, which arrives when they are connected again."""
        for client in self.clients.values():
            client.type("still there?")

    def wait_for_all(self, what):
        """All clients are back by themselves. Returns: after how many seconds."""
        start = time.monotonic()
        wait_until(self.all_are_back, f"all clients after {what}")
        seconds = time.monotonic() - start
        self.chat()
        return seconds

    def take_fingerprint(self):
        """What an upgrade must not change."""
        return self.debian.shell(f"sha256sum {DATA}/state/server.key {DATA}/state/port.secret {KEY} {CONFIG}"), \
            sorted(member["name"] for member in json.loads(self.server("members", "--json"))["members"])

    def change(self, old, new):
        text = self.debian.read(CONFIG).decode()
        assert old in text, old
        self.debian.write(CONFIG, text.replace(old, new))


def installs(site):
    """As root, asking nothing; it says once where the key is, and what to do next."""
    debian = site.debian
    site.files = debian.list_files()
    refused = debian.run("setpriv", "--reuid=nobody", "--clear-groups", *INSTALL)
    assert refused.returncode == 77 and "root" in refused.stderr, refused
    wrong = debian.run(*INSTALL, "--public-ip", "198.18.0", "--yes")
    assert wrong.returncode == 64 and "198.18.0" in wrong.stderr, wrong
    assert not debian.list_files() - site.files - {path for path in debian.list_files() if LEFT.match(path)}
    result = debian.run(*INSTALL, "--yes")
    assert result.returncode == 0, result.stderr
    assert result.stderr.count(f"server's .sec files, is {KEY}") == 1, result.stderr
    assert "configuration is in order" in result.stderr and "clawchat-server new-file" in result.stderr, result.stderr
    assert debian.property(UNIT, "ActiveState") == "active"
    assert debian.property(UNIT, "UnitFileState") == "enabled"
    for page in ("1/clawchat.1", "1/clawchat-server.1", "5/clawchat-server.yaml.5", "5/clawchat-sec.5", "7/clawchat-control.7"):
        debian.output("test", "-s", f"/usr/local/share/man/man{page}")
    for completion in ("bash-completion/completions/clawchat-server", "zsh/site-functions/_clawchat-server",
                       "fish/vendor_completions.d/clawchat-server.fish"):
        debian.output("test", "-s", f"/usr/local/share/{completion}")
    debian.shell("cd /usr/local/share/doc/clawchat/examples && test -x clawchat-bot.py -a -x clawchat-bot.sh")
    libraries = debian.output("ldd", "/usr/local/bin/clawchat-server")
    assert not re.search("gtk|adwaita|X11|wayland", libraries), libraries


def permissions_are_as_promised(site):
    """Everything is its user's alone, the key is root's alone, and the user is nobody who could log in."""
    debian = site.debian
    wanted = {"/home/openclaw": "750 openclaw", DATA: "700 openclaw", f"{DATA}/security": "700 openclaw", f"{DATA}/state": "700 openclaw",
              f"{DATA}/state/server.key": "600 openclaw", "/run/clawchat": "710 openclaw", "/run/clawchat/control.sock": "660 openclaw",
              KEY: "600 root", "/etc/credstore": "700 root", CONFIG: "644 root"}
    for path, expected in wanted.items():
        assert debian.output("stat", "--format=%a %U", path).strip() == expected, path
    secs = debian.shell(f"stat --format='%a %U' {DATA}/security/*.sec").splitlines()
    assert secs and set(secs) == {"600 openclaw"}, secs
    assert debian.output("getent", "passwd", "openclaw").strip().endswith(":/home/openclaw:/usr/sbin/nologin")
    assert debian.output("passwd", "--status", "openclaw").split()[1] == "L"
    uids = re.search(r"^Uid:\t(.*)$", debian.output("cat", f"/proc/{site.pid()}/status"), re.M).group(1).split()
    assert set(uids) == {debian.output("id", "--user", "openclaw").strip()}, uids
    denied = debian.run("setpriv", "--reuid=nobody", "--clear-groups", "clawchat-server", "status")
    assert denied.returncode == 77 and "ermission" in denied.stderr, denied


def the_group_may_ask_and_chat(site):
    """A member of the group clawchat uses the control socket, with it as a further group or as the first; nobody else does, not
    even where the modes would let him, and that is logged."""
    debian = site.debian
    debian.shell("useradd --groups=clawchat anna; useradd --gid=clawchat ben; useradd carl")
    try:
        for user in ("anna", "ben"):
            status = json.loads(debian.output("runuser", "--user", user, "--", "clawchat-server", "status", "--json"))
            assert status["operators"] == 0, status
            said = debian.run("runuser", "--user", user, "--", "clawchat-server", "attach", input="hello\n")
            assert said.returncode == 0, said
            debian.output("runuser", "--user", user, "--", "test", "!", "-r", f"{DATA}/state/server.key")
        assert debian.output("stat", "--format=%a %U %G", "/run/clawchat", "/run/clawchat/control.sock").split("\n")[:2] \
            == ["710 openclaw clawchat", "660 openclaw clawchat"]
        refused = debian.run("runuser", "--user", "carl", "--", "clawchat-server", "status")
        assert refused.returncode == 77 and "usermod -aG clawchat carl" in refused.stderr, refused
        debian.shell("chmod 711 /run/clawchat; chmod 666 /run/clawchat/control.sock")
        refused = debian.run("runuser", "--user", "carl", "--", "clawchat-server", "status")
        assert refused.returncode == 77 and "members of the group" in refused.stderr, refused
        wait_until(lambda: "Refused a control client of another user" in debian.journal("--unit", UNIT), "the journal to say so")
    finally:
        debian.shell(f"systemctl restart {UNIT}; userdel anna; userdel ben; userdel carl")


def is_ready_when_systemd_says_so(site):
    """When start returns, the socket is bound, the file is there, and the status says how it is."""
    debian = site.debian
    times = []
    for _ in range(3):
        debian.shell(f"systemctl stop {UNIT}; rm -f {DATA}/security/*.sec")
        debian.shell(f"systemctl start {UNIT}; ls {DATA}/security/*.sec; clawchat-server status > /dev/null")
        started, ready = (int(debian.property(UNIT, name)) for name in ("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic"))
        times.append((ready - started) / 1000)
    site.figure("from start to ready: " + ", ".join(f"{value:.0f} ms" for value in times))
    status = debian.property(UNIT, "StatusText")
    assert re.fullmatch(r"Port \d+, 0 of 0 members connected", status), status


def the_walls_stand(site):
    """The sandboxes of systemd and of the server get along; the service sees nothing that is not its own."""
    debian = site.debian
    assert json.loads(site.server("status", "--json"))["sandbox"] == "files and system calls"
    assert "could not be locked" not in debian.journal("--unit", UNIT)
    debian.shell("install -d -m 777 /home/somebody && touch /home/somebody/letter /root/letter")
    inside = ["nsenter", f"--target={site.pid()}", "--mount"]
    assert debian.output(*inside, "find", "/home", "-name", "letter").strip() == ""
    assert debian.output(*inside, "ls", "/home").split() == ["openclaw"]
    assert debian.run(*inside, "touch", "/usr/trace").returncode != 0
    # Where NAT-PMP finds the router.
    routes = debian.output(*inside, "cat", "/proc/net/route").splitlines()[1:]
    assert any(route.split()[1] == "00000000" for route in routes), routes
    report = debian.output("systemd-analyze", "security", "--no-pager", UNIT)
    exposure = float(re.search(r"Overall exposure level for .*: ([0-9.]+)", report).group(1))
    site.figure(f"exposure: {exposure}")
    assert exposure <= EXPOSURE_MAX, report
    verified = debian.run("systemd-analyze", "verify", "--man=no", f"/usr/local/lib/systemd/system/{UNIT}")
    assert verified.returncode == 0 and "clawchat" not in verified.stderr, verified
    debian.shell("rm -r /home/somebody /root/letter")


def clients_connect(site):
    """Five clients from beside the machine, each with a file of its own."""
    for name in NAMES:
        site.connect(name)
    site.chat()
    # The server tells systemd, which has other things to do.
    wait_until(lambda: site.debian.property(UNIT, "StatusText").endswith("5 of 5 members connected"),
               lambda: f"five members in {site.debian.property(UNIT, 'StatusText')}")


def logs_with_fields(site):
    """The journal has every event with its fields, and explains it; nobody's name is in it."""
    debian = site.debian

    def read(event=None):
        entries = [json.loads(line) for line in debian.journal("--unit", UNIT, "--output", "json").splitlines()]
        return [entry for entry in entries if event is None or entry.get("CLAWCHAT_EVENT") == event]

    wait_until(lambda: len(read("session-begun")) >= len(NAMES), lambda: f"everybody's session in {read()}")
    for entry in read("session-begun"):
        assert entry["SYSLOG_IDENTIFIER"] == "clawchat-server" and entry["PEER"].startswith("198.18.0.1:"), entry
        assert entry["MEMBER"].isdigit() and entry["SESSION"].isdigit() and len(entry["MESSAGE_ID"]) == 32, entry
    assert "Members can come." in debian.journal("--unit", UNIT, "--output", "short", "--catalog")
    # A client names itself, and may say anything.
    assert not any(name in entry.get("MESSAGE", "") for entry in read() for name in NAMES), read()


def writes_metrics(site):
    """The service may write to the directory that the installation made, where others can read; it is gone with the server."""
    debian, path = site.debian, "/run/clawchat-metrics/clawchat.prom"
    site.change("textfile: null", f"textfile: {path}")
    debian.output("systemctl", "restart", UNIT)
    assert debian.output("stat", "--format=%a %U", path).strip() == "644 openclaw"
    text = debian.output("setpriv", "--reuid=nobody", "--clear-groups", "cat", path)
    assert f"\nclawchat_members {len(NAMES)}\n" in text, text
    assert "\nclawchat_build_info{" in debian.output("clawchat-server", "metrics")
    site.change(f"textfile: {path}", "textfile: null")
    debian.output("systemctl", "restart", UNIT)
    assert debian.run("test", "-e", path).returncode != 0
    site.speak()
    site.wait_for_all("two restarts")


def reloads(site):
    """A new configuration is taken over as far as possible; what is not is said; a wrong one changes nothing."""
    debian, pid = site.debian, site.pid()

    def reload(old, new, *expected):
        site.change(old, new)
        debian.output("systemctl", "reload", UNIT)
        for text in expected:
            wait_until(lambda: text in debian.journal("--unit", UNIT), f"“{text}” in the journal")

    reload("file_validity_minutes: 11", "file_validity_minutes: 60", "changed security.file_validity_minutes")
    until = int(json.loads(site.server("new-file", "--json"))["valid_until"])
    assert 3500 < until - time.time() < 3700, until
    reload("public_ip: null", 'public_ip: "198.18.0.2"', "changed server.public_ip")
    reload("port: null", "port: 50123", "A change of server.port cannot be made")
    reload("level: \"info\"", "level: loud", "stays as it was", "“loud” does not fit “logging.level”")
    reload("level: loud", "level: \"debug\"", "changed logging.level")
    reload("port: 50123", "port: null")
    assert debian.property(UNIT, "ActiveState") == "active" and site.pid() == pid
    assert site.all_are_back()
    site.chat()


def comes_back_after_a_kill(site):
    """A crash: systemd starts it again, and the clients are back by themselves."""
    old = site.pid()
    start = time.monotonic()
    site.debian.output("systemctl", "kill", "--signal=KILL", UNIT)
    wait_until(lambda: site.pid() not in (0, old), "a restart")
    # Without a NAT an idle client asks for the server only every other minute; a line asks at once.
    site.speak()
    site.wait_for_all("a kill")
    site.figure(f"from kill to five clients back and chatting: {time.monotonic() - start:.1f} s")


def the_watchdog_barks(site):
    """A process that is alive but does nothing is noticed and replaced."""
    debian = site.debian
    assert debian.property(UNIT, "WatchdogUSec") == "30s"
    debian.shell(f"mkdir -p /run/systemd/system/{UNIT}.d && printf '[Service]\\nWatchdogSec=5\\n' > /run/systemd/system/{UNIT}.d/test.conf"
                 f" && systemctl daemon-reload && systemctl restart {UNIT}")
    old = pid_after_undisturbed(site, 11)  # more than two limits: the signs of life come
    assert site.pid() == old, debian.journal("--unit", UNIT, "--lines=20")
    os.kill(find_outside(site, old), 19)
    wait_until(lambda: site.pid() not in (0, old), "the watchdog")
    site.speak()
    wait_until(lambda: "Watchdog timeout" in debian.journal("--unit", UNIT), "the journal to say so")
    debian.shell(f"rm -r /run/systemd/system/{UNIT}.d && systemctl daemon-reload && systemctl restart {UNIT}")
    site.wait_for_all("the watchdog")


def pid_after_undisturbed(site, seconds):
    """Waits until nothing has kept the machine from running for so long. Returns: the server's process at the beginning of that
    time: a watchdog does not know of a machine that has no processor."""
    pid, begun = site.pid(), time.monotonic()
    while time.monotonic() - begun < seconds:
        slept = time.monotonic()
        time.sleep(0.1)
        if time.monotonic() - slept > 1:
            time.sleep(10)  # until it is started again
            pid, begun = site.pid(), time.monotonic()
    return pid


def find_outside(site, pid):
    """The process's id in this namespace."""
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            ids = re.search(r"^NSpid:\t(.*)$", status.read_text(encoding="utf-8"), re.M).group(1).split()
        except OSError:
            continue
        if len(ids) > 1 and ids[-1] == str(pid) and "clawchat" in (status.parent / "comm").read_text(encoding="utf-8"):
            return int(ids[0])
    raise AssertionError(f"process {pid} is gone; the machine's first one is {site.debian.leader}")


def tells_members_that_it_stops(site):
    """A stop in order is told to the clients, which wait and come back."""
    before = {name: client.err.text().count(LOST) for name, client in site.clients.items()}
    site.debian.output("systemctl", "stop", UNIT)
    assert site.debian.property(UNIT, "Result") == "success"
    # At once, and not when they ask the next time.
    for name, client in site.clients.items():
        wait_until(lambda: client.err.text().count(LOST) > before[name], f"the news to reach {name}: {client.err.lines[-3:]}", 30)
    site.debian.output("systemctl", "start", UNIT)
    site.wait_for_all("a stop and a start")


def says_what_is_wrong(site):
    """A wrong configuration: not started, said in the status with its line, and not tried over and over."""
    debian = site.debian
    site.change("level: \"debug\"", "level: loud")
    assert debian.run("systemctl", "restart", UNIT).returncode != 0
    assert debian.property(UNIT, "ActiveState") == "failed"
    assert debian.property(UNIT, "ExecMainStatus") == "78" and debian.property(UNIT, "NRestarts") == "0"
    status = debian.property(UNIT, "StatusText")
    assert re.search(rf"{CONFIG}:\d+:\d+: “loud” does not fit", status), status
    refused = debian.run(*INSTALL, "--yes")
    assert refused.returncode == 78 and "“loud”" in refused.stderr, refused
    site.change("level: loud", "level: \"debug\"")
    debian.output("systemctl", "start", UNIT)
    site.wait_for_all("a repair")


def makes_a_key_where_there_is_none(site):
    """Without a credential the service starts, too, and makes a key of its own; with it again that one counts."""
    own = f"{DATA}/security/bootstrap.key"
    site.debian.shell(f"systemctl stop {UNIT}; mv {KEY} {KEY}.old; systemctl start {UNIT}; test -s {own}")
    site.debian.shell(f"systemctl stop {UNIT}; rm {own}; mv {KEY}.old {KEY}; systemctl start {UNIT}; test ! -e {own}")
    site.wait_for_all("a change of keys")


def upgrades_in_place(site):
    """The script again: keys, pairings and settings stay, nobody has to do anything, and nothing is told twice."""
    before = site.take_fingerprint()
    result = site.debian.run(*INSTALL, "--yes")
    assert result.returncode == 0 and "bootstrap key" not in result.stderr, result.stderr
    assert site.take_fingerprint() == before
    site.wait_for_all("an upgrade")
    site.fingerprint = before


def removal_keeps_data(site):
    """The program goes, keys and pairings stay; installed again everything is as it was."""
    debian = site.debian
    result = debian.run(*INSTALL, "--uninstall")
    assert result.returncode == 0, result.stderr
    assert debian.run("which", "clawchat-server").returncode != 0
    assert debian.property(UNIT, "LoadState") == "not-found"
    debian.output("test", "-s", f"{DATA}/state/pairings.json", "-a", "-s", KEY, "-a", "-s", CONFIG)
    result = debian.run(*INSTALL, "--yes", "--public-ip", "198.18.0.2")
    assert result.returncode == 0, result.stderr
    assert site.take_fingerprint() == site.fingerprint
    site.wait_for_all("a removal and an installation")


def purge_leaves_nothing(site):
    """It asks; then every file, key and user is gone."""
    debian = site.debian
    for client in site.clients.values():
        client.kill()
    refused = debian.run(*INSTALL, "--purge", stdin=subprocess.DEVNULL)
    assert refused.returncode == 64 and "--yes" in refused.stderr, refused
    debian.output("test", "-s", KEY)
    result = debian.run(*INSTALL, "--purge", "--yes")
    assert result.returncode == 0, result.stderr
    left = {path for path in debian.list_files() - site.files if not LEFT.match(path)}
    assert not left, sorted(left)[:20]
    lost = {path for path in site.files - debian.list_files() if not LEFT.match(path)}
    assert not lost, sorted(lost)[:20]
    assert debian.run("getent", "passwd", "openclaw").returncode == 2
    assert debian.run("getent", "group", "clawchat").returncode == 2


STEPS = [installs, permissions_are_as_promised, the_group_may_ask_and_chat, is_ready_when_systemd_says_so, the_walls_stand, clients_connect,
         logs_with_fields, writes_metrics, reloads, comes_back_after_a_kill, the_watchdog_barks, tells_members_that_it_stops,
         says_what_is_wrong, makes_a_key_where_there_is_none,
         upgrades_in_place, removal_keeps_data, purge_leaves_nothing]


def main():
    machine.enter()
    with tempfile.TemporaryDirectory(prefix="clawchat-test-") as directory, machine.Machine() as debian:
        site = Site(debian, directory)
        try:
            for step in STEPS:
                start = time.monotonic()
                step(site)
                print(f"ok {step.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
        finally:
            for client in site.clients.values():
                client.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
