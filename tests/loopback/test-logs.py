"""The server's log: fields in the journal, readable lines elsewhere, no secret ever, and no address of a peer where that is not wished for."""

import array
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

from clawchat_processes import CLIENT, PATIENCE_S, SERVER, Server, read_files, run_tap, wait_until

READ_SEC = os.environ["CLAWCHAT_READ_SEC"]
# What a run looks like in which nearly everything happens; at the level debug nothing is left out.
CONFIG = """
limits: {messages_per_second: 5, sessions: 2}
security: {file_validity_minutes: 11}
logging: {level: debug, peer_addresses: %s}
"""
PEER = re.compile(r"127\.0\.\d+\.\d+:\d+")


def live(server):
    """Lets clients come, talk, return, be slowed, refused and revoked, and keys change and be compromised."""
    anna, ben = server.client("anna"), server.client("ben")
    anna.type("a-text-that-nobody-may-read")
    ben.wait_for_line("anna: a-text-that-nobody-may-read")
    assert server.command("rotate").returncode == 0
    wait_until(lambda: all(session["key_epoch"] > 0 for session in server.json("sessions")["sessions"]), "new keys")
    refused = server.client("carla", connected=False)
    wait_until(lambda: "as many sessions as it allows" in refused.err.text(), "a refusal")
    refused.kill()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(os.urandom(300), ("127.0.0.1", server.status()["port"]))
    for number in range(80):
        anna.type(f"flood {number}")
    wait_until(lambda: "Slowing down" in server.log(), "the flood to be slowed")
    ids = {member["name"]: str(member["id"]) for member in server.json("members")["members"]}
    assert server.command("disconnect", ids["anna"]).returncode == 0
    assert server.command("revoke", ids["ben"]).returncode == 0
    os.kill(server.pid(), 1)  # SIGHUP
    wait_until(lambda: "configuration anew" in server.log(), "the reload")
    assert server.command("compromised", ids["anna"]).returncode == 0
    # A message that is not kept and a name that is too long must not bring anything into the log either.
    server.command("send", "another-text-that-nobody-may-read")


class Secrets:
    """Collects every secret of a server and of its clients as it comes to be."""

    def __init__(self):
        self.found = {}

    def add(self, name, data):
        if data:
            assert len(data) == 32, (name, len(data))
            self.found[data] = name

    def collect(self, server):
        """What lies on the disk at present."""
        for path, data in read_files(server.directory).items():
            if path.suffix == ".yaml":
                continue
            if path.suffix == ".sec":
                self.open(server, path)
            for text in re.findall(rb"[A-Za-z0-9+/]{43}=", data):
                self.add(path.name, base64.b64decode(text))

    def open(self, server, path):
        """The shared secret inside a .sec file, as whoever has the key reads it."""
        result = subprocess.run([READ_SEC, path, server.security / "bootstrap.key"], capture_output=True, text=True, check=False)
        # It may be used up meanwhile.
        assert result.returncode == 0 or not path.exists(), result.stderr
        self.add("a shared secret", bytes.fromhex(result.stdout))

    def check(self, text):
        names = set(self.found.values())
        assert {"a shared secret", "bootstrap.key", "server.key", "port.secret", "pairings.json", "identity.key"} <= names, names
        lower = text.lower()
        for data, name in self.found.items():
            raw = base64.b64encode(data).decode()
            for form in (raw, raw.rstrip("="), raw.translate(str.maketrans("+/", "-_")).rstrip("=")):
                # Whatever stands before it: also a part of it is too much.
                assert form[:20] not in text and form[4:24] not in text, (name, form)
            for form in (data.hex(), ":".join(f"{byte:02x}" for byte in data)):
                assert form[:24] not in lower, (name, form)


class PlainServer(Server):
    def log(self):
        return self.process.err.text()

    def pid(self):
        return self.process.process.pid


def run(peer_addresses):
    """A whole life of a server. Returns: all that it and its commands wrote, and its secrets."""
    secrets = Secrets()
    with PlainServer(config=CONFIG % peer_addresses) as server:
        secrets.collect(server)
        live(server)
        secrets.collect(server)
        server.process.process.terminate()
        assert server.process.wait() == 0, server.log()
        return server.log() + server.process.out.text(), secrets


def test_secrets():
    """At the level debug no key, no shared secret and no text of anybody is in any line, in base64 or hexadecimal."""
    text, secrets = run("true")
    for expected in ("is connected (from 127.0.0.1:", "is disconnected", "was not let in", "Slowing down", "Revoked", "Changed the keys",
                     "keys are compromised", "New .sec file", "A client came with the .sec file", "Stopping", "Stopped", "Ready"):
        assert expected in text, (expected, text)
    secrets.check(text)
    for private in ("nobody-may-read", "anna", "ben", "carla", "flood"):
        assert private not in text, text
    for line in text.splitlines():
        assert re.match(r"clawchat-server: (error|warning|info|debug): \S", line), line


def test_no_addresses():
    """With logging.peer_addresses: false no address of a peer is in any line."""
    text, _ = run("false")
    # The server's own addresses are in the line that says where clients knock.
    lines = [line for line in text.splitlines() if "Clients knock at" not in line]
    assert "is connected" in text and "was not let in" in text, text
    assert not any(PEER.search(line) for line in lines), lines


def test_shown_with_addresses():
    """The same test would find addresses where they are allowed."""
    with PlainServer(config=CONFIG % "true") as server:
        server.client("anna")
        wait_until(lambda: PEER.search("\n".join(line for line in server.log().splitlines() if "knock at" not in line)), "an address")


class Journal:
    """What journald is to a program: a stream socket as stderr, and a socket for entries with fields, below a /run of our own."""

    def __init__(self):
        directory = pathlib.Path("/run/systemd/journal")
        directory.mkdir(parents=True)
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.bind(str(directory / "stdout"))
        self.stream.listen(8)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(directory / "socket"))
        self.entries = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            data, extra, _, _ = self.socket.recvmsg(1 << 20, socket.CMSG_SPACE(4))
            for level, kind, passed in extra:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    (fd,) = array.array("i", passed)
                    data = os.pread(fd, 1 << 20, 0)
                    os.close(fd)
            self.entries.append(self._parse(data))

    @staticmethod
    def _parse(data):
        """systemd's native protocol: KEY=VALUE, or KEY, a length and the value."""
        entry, at = {}, 0
        while at < len(data):
            end = data.index(b"\n", at)
            line = data[at:end]
            at = end + 1
            if b"=" in line:
                key, value = line.split(b"=", 1)
            else:
                key, length = line, int.from_bytes(data[at:at + 8], "little")
                value = data[at + 8:at + 8 + length]
                at += 8 + length + 1
            entry[key.decode()] = value.decode()
        return entry

    def connect(self):
        """What systemd gives a service as stderr."""
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        end.connect("/run/systemd/journal/stdout")
        return end

    def text(self):
        return "\n".join(entry.get("MESSAGE", "") for entry in list(self.entries))

    def events(self, name):
        return [entry for entry in list(self.entries) if entry.get("CLAWCHAT_EVENT") == name]


class JournalServer(Server):
    """A server whose stderr is the journal's."""

    def __init__(self, journal, **options):
        self.journal = journal
        super().__init__(**options)

    def start(self):
        with self.journal.connect() as stderr:
            self.service = subprocess.Popen([SERVER, "--headless", *self.options], stderr=stderr)
        wait_until(lambda: self.journal.events("ready"), lambda: f"the server: {self.journal.text()}")

    def log(self):
        return self.journal.text()

    def pid(self):
        return self.service.pid

    def stop(self):
        for client in self.clients:
            client.kill()
        self.service.terminate()
        code = self.service.wait(PATIENCE_S)
        shutil.rmtree(self.directory, ignore_errors=True)
        return code

    def __exit__(self, *exception):
        self.stop()


def catalog():
    """The numbers of the installed catalogue, and their subjects."""
    path = pathlib.Path(os.environ["G_TEST_SRCDIR"]).parent / "data/systemd/clawchat-server.catalog"
    return dict(re.findall(r"^-- ([0-9a-f]{32})\nSubject: (.+)$", path.read_text(encoding="utf-8"), re.M))


def check_fields(journal):
    numbers = catalog()
    begun, ended = journal.events("session-begun"), journal.events("session-ended")
    assert [entry["SESSION"] for entry in begun[:2]] == ["1", "2"] and begun[0]["MEMBER"] == "1", begun
    assert {entry["SESSION"] for entry in begun} == {entry["SESSION"] for entry in ended}, (begun, ended)
    assert all(re.fullmatch(r"[a-z]+", entry["REASON"]) for entry in ended), ended
    for name in ("file-made", "file-used"):
        assert all(entry["SEC_FILE"].endswith(".sec") for entry in journal.events(name)) and journal.events(name), name
    assert int(journal.events("file-made")[0]["VALID_UNTIL"]) > 1.6e9
    assert int(journal.events("port-opened")[0]["PORT"]) > 0
    for name in ("started", "ready", "stopping", "stopped", "reloaded", "paired", "pairing-revoked", "keys-rotated", "member-slowed",
                 "session-refused", "compromised"):
        assert journal.events(name), name
    for entry in journal.entries:
        assert entry["SYSLOG_IDENTIFIER"] == "clawchat-server" and entry["PRIORITY"] in "34567", entry
        if "CLAWCHAT_EVENT" in entry:
            assert entry["MESSAGE_ID"] in numbers, entry


def in_namespace():
    """Runs below unshare: /run is an empty directory of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    journal = Journal()
    secrets = Secrets()
    for peer_addresses in ("true", "false"):
        journal.entries.clear()
        with JournalServer(journal, config=CONFIG % peer_addresses) as server:
            secrets.collect(server)
            live(server)
            secrets.collect(server)
        wait_until(lambda: journal.events("stopped"), "the end")
        check_fields(journal)
        everything = "\n".join(f"{key}={value}" for entry in journal.entries for key, value in entry.items())
        secrets.check(everything)
        assert "nobody-may-read" not in everything and "anna" not in everything
        peers = [entry for entry in journal.entries if "PEER" in entry]
        if peer_addresses == "true":
            assert all(PEER.fullmatch(entry["PEER"]) for entry in peers) and len(peers) >= 4, peers
        else:
            rest = [entry for entry in journal.entries if entry.get("CLAWCHAT_EVENT") != "reach-changed"]
            assert not peers and not PEER.search(json.dumps(rest)), peers
    return 0


def test_journal():
    """In the journal every event has its name, its number and fields; with addresses of peers only where they are wished for."""
    command = ["unshare", "--map-root-user", "--mount", "--propagation", "private"]
    if subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, check=False).returncode != 0:
        return "SKIP no namespace to be had for a /run of our own"
    with tempfile.TemporaryDirectory(prefix="clawchat-test-") as directory:
        result = subprocess.run([*command, sys.executable, __file__, "in-namespace"], capture_output=True, text=True, timeout=300, check=False,
                                env={**os.environ, "XDG_RUNTIME_DIR": directory})
    assert result.returncode == 0, result.stderr + result.stdout


def test_catalog():
    """systemd's own program takes the catalogue, and explains every event."""
    if shutil.which("journalctl") is None:
        return "SKIP journalctl is not installed"
    with tempfile.TemporaryDirectory(prefix="clawchat-test-") as root:
        directory = pathlib.Path(root) / "usr/lib/systemd/catalog"
        directory.mkdir(parents=True)
        (pathlib.Path(root) / "var/lib/systemd/catalog").mkdir(parents=True)
        shutil.copy(pathlib.Path(os.environ["G_TEST_SRCDIR"]).parent / "data/systemd/clawchat-server.catalog", directory)
        updated = subprocess.run(["journalctl", "--update-catalog", "--root", root], capture_output=True, text=True, check=False)
        assert updated.returncode == 0 and not updated.stderr, updated
        listed = subprocess.run(["journalctl", "--list-catalog", "--root", root], capture_output=True, text=True, check=False)
        found = dict(re.findall(r"^([0-9a-f]{32}) ClawChat: (.+)$", listed.stdout, re.M))
        assert found == catalog(), (listed, catalog())


if __name__ == "__main__":
    if sys.argv[1:] == ["in-namespace"]:
        sys.exit(in_namespace())
    assert CLIENT
    sys.exit(run_tap([test_secrets, test_no_addresses, test_shown_with_addresses, test_journal, test_catalog]))
