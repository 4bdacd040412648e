"""What the server does when its disk lets it down: each fault has a clear error and loses nothing.

Full and read-only disks are small file systems in a mount namespace of the test's own, which needs root.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from clawchat_processes import PATIENCE_S, SERVER, Server, read_files, run_tap, wait_until

EX_DATAERR, EX_CANTCREAT, EX_NOPERM, EX_CONFIG = 65, 73, 77, 78
STATE_FILES = ("server.key", "pairings.json")


def refuse(server, code, *words):
    """Starts the stopped server again, which must end with this exit code and these words."""
    try:
        result = subprocess.run([SERVER, "--headless", *server.options], capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as expired:
        raise AssertionError(f"it started instead of saying {words}: {expired.stderr.decode()}") from None
    text = result.stderr.decode()
    assert result.returncode == code, (result.returncode, text)
    for word in words:
        assert word in text, (word, text)
    return text


def end(server):
    server.process.process.terminate()
    assert server.process.wait() == 0, server.process.err.text()


@contextlib.contextmanager
def stopped_server():
    """A server that has run once, with a member, and has stopped."""
    with Server() as server:
        client = server.client("anna")
        end(server)
        client.kill()
        yield server


def files_of(server):
    return [server.state / name for name in STATE_FILES] + [server.security / "bootstrap.key"]


def damaged_files_are_named_and_kept():
    """Truncated, corrupted and empty files stop the start; nobody replaces them."""
    with stopped_server() as server:
        for path in files_of(server):
            good = path.read_bytes()
            for bad in (good[: len(good) // 2], b"", b"\xff" * len(good)):
                path.write_bytes(bad)
                refuse(server, EX_CONFIG if path.name == "bootstrap.key" else EX_DATAERR, str(path))
                assert path.read_bytes() == bad, path
            path.write_bytes(good)
        server.start()
        assert server.status()["members"] == 1


def files_of_a_newer_version_are_named_and_kept():
    """Whatever a newer server has left stops the start by its name, and nothing of it is changed; with the newer one gone it goes on."""
    newer = {
        "server.key": b"clawchat-key 2 " + b"A" * 128 + b"\n",
        "port.secret": b"clawchat-key 2 " + b"A" * 44 + b"\n",
        "pairings.json": b'{"format": "clawchat-pairings", "version": 2, "members": [{"keys": [{"a": [1]}]}]}',
        "compromised": b"clawchat-compromised 2\nmember 1\n",
    }
    with stopped_server() as server:
        for name, text in newer.items():
            path = server.state / name
            good = path.read_bytes() if path.exists() else None
            path.write_bytes(text)
            path.chmod(0o600)
            before = read_files(server.directory)
            refuse(server, EX_DATAERR, str(path), "the program that wrote it")
            assert read_files(server.directory) == before, name
            if good is None:
                path.unlink()
            else:
                path.write_bytes(good)
        server.start()
        assert server.status()["members"] == 1
        kept = pathlib.Path(server.json("new-file", "--for", "ben")["file"])
        end(server)
        record = next((server.state / "files").glob("*.json"))
        record.write_bytes(b'{"format": "clawchat-issued", "version": 2, "more": {"than": ["now"]}}')
        before = record.read_bytes(), kept.read_bytes()
        server.start()
        assert str(kept) not in [entry.get("file") for entry in server.json("files")["files"]]
        assert (record.read_bytes(), kept.read_bytes()) == before
        text = server.process.err.text()
        assert f"{record} has version 2" in text and f"the .sec file {kept} cannot be read" in text, text


def readable_files_name_the_chmod():
    """A key that the group may read is refused; the chmod that the message names mends it."""
    with stopped_server() as server:
        for path in files_of(server):
            path.chmod(0o640)
            refuse(server, EX_CONFIG if path.name == "bootstrap.key" else EX_NOPERM, f"chmod 600 '{path}'")
            subprocess.run(["chmod", "600", path], check=True)
        server.state.chmod(0o750)
        refuse(server, EX_NOPERM, f"chmod 700 '{server.state}'")
        server.state.chmod(0o700)
        server.start()


def a_link_in_place_of_a_file_is_refused():
    """A symbolic link is not followed, and what it points to stays as it is."""
    with stopped_server() as server:
        for path in files_of(server):
            elsewhere = server.directory / "elsewhere"
            path.rename(elsewhere)
            path.symlink_to(elsewhere)
            before = elsewhere.read_bytes()
            refuse(server, EX_CONFIG if path.name == "bootstrap.key" else EX_CANTCREAT, str(path))
            assert elsewhere.read_bytes() == before
            path.unlink()
            elsewhere.rename(path)
        server.start()


@contextlib.contextmanager
def small_disk(kilobytes):
    with tempfile.TemporaryDirectory(prefix="clawchat-disk-") as directory:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "clawchat-test", directory], check=True)
        try:
            yield pathlib.Path(directory)
        finally:
            subprocess.run(["umount", "-l", directory], check=True)


def fill(directory):
    """Takes every last block; returns the file to be deleted."""
    ballast = directory / "ballast"
    with open(ballast, "wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(b"x" * 4096)
    return ballast


def on_disk(server, directory):
    """Moves the server's directories to another file system."""
    server.options[server.options.index("--security-dir") + 1] = str(directory / "security")
    server.options[server.options.index("--state-dir") + 1] = str(directory / "state")
    server.security, server.state = directory / "security", directory / "state"


def a_full_disk_stops_the_start_and_leaves_nothing_half():
    """With no room the first start says so; with room the next one works."""
    with small_disk(256) as disk, Server() as server:
        end(server)
        on_disk(server, disk)
        ballast = fill(disk)
        text = refuse(server, EX_CANTCREAT)
        assert "No space left" in text, text
        assert not [path for path in disk.rglob("*") if path.is_file() and path.stat().st_size == 0 and path.name != "lock"]
        ballast.unlink()
        server.start()


def a_disk_that_fills_up_loses_nothing():
    """While there is no room the server goes on and says so; what it could not save it saves later."""
    with small_disk(512) as disk, Server() as server:
        end(server)
        on_disk(server, disk)
        server.start()
        sec = server.fresh_sec("anna")
        before = server.sec_files()
        ballast = fill(disk)
        result = server.command("new-file")
        assert result.returncode != 0 and b"No space left" in result.stderr, result
        assert server.sec_files() == before
        anna = server.client("anna", sec=sec, connected=False)
        wait_until(lambda: server.status()["sessions"] == 1, "anna to be connected")
        wait_until(lambda: "No space left" in server.process.err.text(), "the warning")
        ballast.unlink()
        wait_until(lambda: b"anna" in (server.state / "pairings.json").read_bytes(), "the pairing to be saved")
        wait_until(lambda: server.sec_files() and server.sec_files() != before, "the next .sec file")
        server.kill()
        server.start()
        # Without a NAT an idle client asks for the server only every other minute; a line asks at once.
        anna.type("still there?")
        wait_until(lambda: server.status()["sessions"] == 1, "anna to come back")
        assert anna.process.poll() is None


def a_revoked_member_stays_away():
    """On a disk that takes no new list of pairings, neither a kill nor a start brings it back; later the list is as it should be."""
    with Server() as server:
        client = server.client("anna")
        path = server.state / "pairings.json"
        wait_until(lambda: b"anna" in path.read_bytes(), "the pairing to be saved")
        # Nothing takes the place of what something is mounted on.
        subprocess.run(["mount", "--bind", path, path], check=True)
        try:
            result = server.command("revoke", str(server.json("members")["members"][0]["id"]))
            assert result.returncode == 0, result
            server.kill()
            server.start()
            assert not server.json("members")["members"]
            client.kill()
        finally:
            subprocess.run(["umount", path], check=True)
        wait_until(lambda: b"anna" not in path.read_bytes(), "the list to be saved")
        wait_until(lambda: not (server.state / "compromised").exists(), "the note to go")


def a_read_only_disk_is_named():
    """A directory that cannot be written stops the start with its name."""
    with small_disk(256) as disk, Server() as server:
        end(server)
        on_disk(server, disk)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        text = refuse(server, EX_CANTCREAT)
        assert "Read-only" in text and str(disk) in text, text


def a_configuration_that_vanishes_changes_nothing():
    """A reload while the system's configuration is missing does not put the built-in settings back."""
    path = pathlib.Path(os.environ["CLAWCHAT_SYSTEM_CONFIG"])
    place = path.parent.parent
    if not place.is_dir():
        return f"SKIP there is no {place}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "clawchat-test", place], check=True)
    try:
        path.parent.mkdir()
        path.write_text("security: {file_validity_minutes: 11, auto_regenerate_minutes: 7}\n")
        with Server() as server:
            path.unlink()
            os.kill(server.process.process.pid, signal.SIGHUP)
            text = wait_until(lambda: "onfiguration" in server.process.err.text() and server.process.err.text(), "the reload")
            assert "stays as it was" in text and str(path) in text, text
            path.write_text("security: {file_validity_minutes: 12, auto_regenerate_minutes: 7}\n")
            os.kill(server.process.process.pid, signal.SIGHUP)
            wait_until(lambda: "changed security.file_validity_minutes\n" in server.process.err.text(), "the next reload")
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    return None


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP small file systems need root")
        return 0
    if "CLAWCHAT_TEST_UNSHARED" not in os.environ:
        os.environ["CLAWCHAT_TEST_UNSHARED"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    return run_tap([
        damaged_files_are_named_and_kept,
        files_of_a_newer_version_are_named_and_kept,
        readable_files_name_the_chmod,
        a_link_in_place_of_a_file_is_refused,
        a_full_disk_stops_the_start_and_leaves_nothing_half,
        a_disk_that_fills_up_loses_nothing,
        a_revoked_member_stays_away,
        a_read_only_disk_is_named,
        a_configuration_that_vanishes_changes_nothing,
    ])


sys.exit(main())
