#!/usr/bin/env python3
"""Files for several people, and a server's backup, between real processes: each file lets one person in, also after a restart,
until it is used, withdrawn, over or compromised; and whoever was paired finds a server again that was restored elsewhere."""

import json
import os
import pathlib
import pty
import select
import stat
import sys
import time

from clawchat_processes import PATIENCE_S, SERVER, Process, Server, run_tap, wait_until

PASSPHRASE = "correct horse battery staple"
ON_DEMAND = "security: {automatic_file: false}\n"


class QuietServer(Server):
    """One that makes no file by itself."""

    def start(self):
        self.process = Process([*self.prefix, SERVER, "--headless", *self.options])
        wait_until(lambda: self.process.process.poll() is not None or self.command("status").returncode == 0,
                   "the control socket")
        assert self.process.process.poll() is None, self.process.err.text()


def restart(server):
    server.process.process.terminate()
    assert server.process.wait() == 0
    server.start()


def members(server):
    return {member["name"]: member for member in server.json("members")["members"]}


def wait_for_member(server, name):
    wait_until(lambda: members(server).get(name, {}).get("present"), f"{name} to be there")


def records(server):
    return list((server.state / "files").glob("*.json"))


def stays_out(server, name, sec):
    """A client with this file gets nowhere."""
    client = server.client(name, sec=sec, connected=False)
    time.sleep(3)
    assert name not in members(server), members(server)
    client.kill()


def two_people():
    """Two files, each for one person and each good once, with a restart of the server before either is used."""
    with Server(config=ON_DEMAND.replace("false", "true")) as server:
        anna = pathlib.Path(server.json("new-file", "--for", "anna", "--valid", "60")["file"])
        assert anna.parent == server.security and anna.name.startswith("anna-"), anna
        ben = server.directory / "ben.sec"
        result = server.command("new-file", "--for", "Ben", "--valid", "120", "--output", str(ben))
        assert result.returncode == 0 and result.stdout.decode().strip() == str(ben), result
        assert stat.S_IMODE(ben.stat().st_mode) == 0o600
        assert not list(server.security.glob("Ben*"))
        short = server.json("new-file", "--for", "late", "--valid", "1")
        ends = short["valid_until"]
        restart(server)
        files = {file.get("for"): file for file in server.json("files")["files"]}
        # On a busy machine the last one may be over before it is looked for.
        assert set(files) | {"late"} == {None, "anna", "Ben", "late"} and files["Ben"]["file"] is None, files
        assert "late" in files or time.time() >= ends, files
        server.client("ann", sec=server.fresh_sec("ann", anna), connected=False)
        wait_for_member(server, "ann")
        assert not anna.exists()
        assert len(records(server)) == 2 or time.time() >= ends
        server.client("ben", sec=ben, connected=False)
        wait_for_member(server, "ben")
        found = members(server)
        assert found["ann"]["for"] == "anna" and found["ben"]["for"] == "Ben", found
        assert {one["for"] for one in server.json("sessions")["sessions"]} == {"anna", "Ben"}
        restart(server)
        wait_for_member(server, "ann")
        wait_for_member(server, "ben")
        assert members(server)["ann"]["for"] == "anna"
        stays_out(server, "thief", ben)
        stays_out(server, "copier", server.directory / "ann.sec")
        late = server.fresh_sec("late", short["file"])
        wait_until(lambda: not records(server), "the last file to be over", timeout=max(0, ends - time.time()) + PATIENCE_S)
        assert time.time() >= ends
        wait_until(lambda: not pathlib.Path(short["file"]).exists(), "the file to go after its record")
        stays_out(server, "late", late)
        server.client("carl")
        wait_for_member(server, "carl")


def withdrawn():
    """What is withdrawn lets nobody in, whether by its ID or by the name; what is not there is said so."""
    with QuietServer(config=ON_DEMAND) as server:
        assert server.status()["closed"] and not server.sec_files()
        path = server.directory / "x.sec"
        made = server.json("new-file", "--for", "x", "--output", str(path))
        server.json("new-file", "--for", "y")
        server.json("new-file", "--for", "y")
        assert not server.status()["closed"]
        assert server.json("withdraw", made["id"])["withdrawn"] == 1
        stays_out(server, "x", path)
        assert server.json("withdraw", "y")["withdrawn"] == 2
        assert server.command("withdraw", "y").returncode == 65
        assert server.json("files")["files"] == [] and not records(server) and not server.sec_files()
        wait_until(lambda: server.status()["closed"], "the doors to close")


def output_refused():
    """A file that is there is not overwritten, no link is followed, and no file is made then."""
    with QuietServer(config=ON_DEMAND) as server:
        there = server.directory / "there.sec"
        there.write_text("mine")
        link = server.directory / "link.sec"
        link.symlink_to(server.directory / "elsewhere")
        for path in (there, link, server.directory / "none" / "x.sec"):
            result = server.command("new-file", "--output", str(path))
            assert result.returncode == 73 and str(path) in result.stderr.decode(), (path, result)
        assert server.json("files")["files"] == [] and there.read_text() == "mine"
        assert server.command("new-file", "--output", str(there), "--force").returncode == 0
        assert json.loads(there.read_text())["format"] == "clawchat-sec"
        assert json.loads(server.command("new-file", "--output", "-").stdout)["format"] == "clawchat-sec"


def compromised():
    """Compromised keys take all unused files along, wherever they are."""
    with QuietServer(config=ON_DEMAND) as server:
        path = server.directory / "x.sec"
        server.json("new-file", "--for", "x", "--output", str(path))
        old = server.json("new-file", "--for", "y")["file"]
        server.json("compromised")
        wait_until(server.sec_files, "the new file")
        assert not records(server) and not pathlib.Path(old).exists()
        assert [file["kept"] for file in server.json("files")["files"]] == [False]
        stays_out(server, "x", path)


def new_port():
    """When the port changes, the files that lie there name the new one, and older copies still find the way in."""
    with QuietServer(config=ON_DEMAND + "networking: {port_rotation_interval: 10}\n") as server:
        path = pathlib.Path(server.json("new-file", "--for", "x", "--valid", "60")["file"])
        copy = server.fresh_sec("x", path)
        before = server.status()["port"]
        wait_until(lambda: server.status()["port"] != before, "the next port")
        wait_until(lambda: path.read_bytes() != copy.read_bytes(), "the file to be written anew")
        assert not server.json("files")["files"][0]["outdated"]
        assert before in server.status()["ports"]
        restart(server)
        server.client("x", sec=copy, connected=False)
        wait_for_member(server, "x")
        assert not path.exists() and not records(server)


def backup_command(server, *arguments, **options):
    environment = dict(os.environ, CLAWCHAT_BACKUP_PASSPHRASE=options.pop("passphrase", PASSPHRASE))
    return server.command(*server.options, *arguments, env=environment, **options)


def on_terminal(server, answers, *arguments):
    """Runs a command on a terminal of its own and answers its questions; returns what it showed, and its exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.pop("CLAWCHAT_BACKUP_PASSPHRASE", None)
        os.execv(SERVER, [SERVER, *server.options, *arguments])
    shown, left = b"", list(answers)
    while select.select([terminal], [], [], PATIENCE_S)[0]:
        try:
            part = os.read(terminal, 1000)
        except OSError:  # how a terminal ends on Linux
            break
        if not part:
            break
        shown += part
        if shown.endswith(b": ") and left:
            os.write(terminal, left.pop(0).encode() + b"\n")
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def asked():
    """On a terminal the passphrase is asked for, twice for a new one, and never shown."""
    with Server() as server:
        file = server.directory / "server.backup"
        shown, code = on_terminal(server, [PASSPHRASE, PASSPHRASE + "x"], "backup", str(file))
        assert code == 74 and "not the same" in shown and not file.exists(), (shown, code)
        shown, code = on_terminal(server, [PASSPHRASE, PASSPHRASE], "backup", str(file))
        assert code == 0 and PASSPHRASE not in shown and file.exists(), (shown, code)
        secret = server.directory / "passphrase"
        secret.write_text(PASSPHRASE + "\n")
        elsewhere = ["--state-dir", str(server.directory / "a"), "--security-dir", str(server.directory / "b")]
        restore = ["restore", str(file), *elsewhere, "--passphrase-file", str(secret)]
        secret.chmod(0o644)
        assert server.command(*server.options, *restore).returncode == 77
        secret.chmod(0o600)
        assert server.command(*server.options, *restore).returncode == 0
        assert (server.directory / "a" / "server.key").read_text() == (server.state / "server.key").read_text()


def moved():
    """A server that was restored into other directories is the same for those who are paired, for those who have a file, and
    for nobody else; whatever is wrong with a backup changes nothing."""
    with Server() as server:
        server.client("anna")
        wait_for_member(server, "anna")
        server.json("new-file", "--for", "ben", "--output", str(server.directory / "ben.sec"))
        file = server.directory / "server.backup"
        assert backup_command(server, "backup", str(file), passphrase="short").returncode == 74
        assert not file.exists()
        assert backup_command(server, "backup", str(file)).returncode == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert backup_command(server, "backup", str(file)).returncode == 73
        result = backup_command(server, "restore", str(file), "--force")
        assert result.returncode == 75, result
        server.process.process.terminate()
        assert server.process.wait() == 0
        result = backup_command(server, "restore", str(file))
        assert result.returncode == 73 and b"--force" in result.stderr, result
        assert backup_command(server, "backup", str(file), "--force").returncode == 0

        bootstrap = (server.security / "bootstrap.key").read_text()
        old = (server.state, server.security)
        server.state, server.security = server.directory / "new" / "state", server.directory / "new" / "security"
        for place, path in (("--state-dir", server.state), ("--security-dir", server.security)):
            server.options[server.options.index(place) + 1] = str(path)
        result = backup_command(server, "restore", str(file), passphrase="wrong passphrase")
        assert result.returncode == 77 and not server.state.exists(), result
        result = backup_command(server, "restore", str(server.directory / "ben.sec"))
        assert result.returncode == 65 and not server.state.exists(), result
        result = backup_command(server, "restore", str(file))
        assert result.returncode == 0, result
        assert (server.security / "bootstrap.key").read_text() == bootstrap
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in (server.state, server.security))
        for path in old:
            path.rename(path.with_name(path.name + "-gone"))
        server.start()
        wait_for_member(server, "anna")
        server.client("ben", sec=server.directory / "ben.sec", connected=False)
        wait_for_member(server, "ben")


if __name__ == "__main__":
    sys.exit(run_tap([two_people, withdrawn, output_refused, compromised, new_port, asked, moved]))
