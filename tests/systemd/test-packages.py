#!/usr/bin/env python3
"""The Debian packages: they are built without a complaint of lintian's, and the server's runs, is upgraded, removed and purged on a real
Debian. The steps build on each other: the first one that fails ends the test."""

import pathlib
import subprocess
import sys
import tempfile
import time

import machine

UNIT = "clawchat-server.service"
KEY = "/etc/credstore/clawchat.bootstrap-key"
STATE = "/home/openclaw/clawchat/state"
FINGERPRINT = f"sha256sum {KEY} {STATE}/server.key /etc/clawchat/server.yaml"
PACKAGES = ("clawchat-common_*.deb", "clawchat-server_*.deb")


def build(directory):
    """The packages, with their dependencies, and no error of lintian's."""
    result = subprocess.run([machine.SOURCE / "scripts/build-deb", "--output", directory], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    for name in ("clawchat", "clawchat-server", "clawchat-common"):
        (path,) = pathlib.Path(directory).glob(f"{name}_*.deb")
        print(f"# {path.name}: {path.stat().st_size / 1024:.0f} KiB", flush=True)


def dpkg(debian, directory, *arguments):
    """Runs dpkg in the machine, beside the packages."""
    for name in ("clawchat-common", "clawchat-server"):
        for path in pathlib.Path(directory).glob(f"{name}_*.deb"):
            subprocess.run(["cp", path, f"/proc/{debian.leader}/root/var/tmp/"], check=True)
    return debian.output("bash", "-euc", "cd /var/tmp; dpkg " + " ".join(arguments))


def runs(debian, directory):
    """Installed it runs at once, with a key of its own, and the manual is there."""
    said = dpkg(debian, directory, "--install", *PACKAGES)
    assert f"sec files, is {KEY}" in said, said
    assert debian.property(UNIT, "ActiveState") == "active" and debian.property(UNIT, "UnitFileState") == "enabled"
    assert debian.shell(f"stat --format='%a %U' {KEY} {STATE}").split() == ["600", "root", "700", "openclaw"]
    assert "files and system calls" in debian.output("clawchat-server", "status")
    debian.shell("clawchat-server --check-config && clawchat-server new-file | xargs test -s")


def takes_over(debian, directory):
    """A server that the script installed goes on as the package's: same key, same identity."""
    result = debian.run("/src/scripts/install_server.sh", "--yes", "--build-dir", "/var/tmp/build")
    assert result.returncode == 0, result.stderr
    before = debian.shell(FINGERPRINT)
    assert "remove it with scripts/install_server.sh --uninstall" in dpkg(debian, directory, "--install", *PACKAGES)
    result = debian.run("/src/scripts/install_server.sh", "--uninstall")
    assert result.returncode == 0, result.stderr
    assert debian.property(UNIT, "ActiveState") == "active" and debian.property(UNIT, "UnitFileState") == "enabled"
    assert not debian.property(UNIT, "FragmentPath").startswith("/usr/local")
    assert debian.shell(FINGERPRINT) == before
    dpkg(debian, directory, "--purge", "clawchat-server", "clawchat-common")


def is_upgraded(debian, directory):
    """The same again: keys and settings stay, the server is another process."""
    debian.shell("echo '# mine' >> /etc/clawchat/server.yaml")
    before, pid = debian.shell(FINGERPRINT), debian.property(UNIT, "MainPID")
    dpkg(debian, directory, "--install", *PACKAGES)
    assert debian.shell(FINGERPRINT) == before
    assert debian.property(UNIT, "ActiveState") == "active" and debian.property(UNIT, "MainPID") != pid


def keeps_the_script_away(debian, directory):
    """The script that installs to /usr/local knows that the package is there."""
    for option in ("--yes", "--uninstall"):
        refused = debian.run("/src/scripts/install_server.sh", option)
        assert refused.returncode == 75 and "apt" in refused.stderr, refused


def is_removed(debian, directory):
    """Removed, keys and settings stay; purged, nothing does."""
    dpkg(debian, directory, "--remove", "clawchat-server")
    assert debian.property(UNIT, "ActiveState") == "inactive"
    debian.output("test", "-s", KEY, "-a", "-s", f"{STATE}/server.key", "-a", "-s", "/etc/clawchat/server.yaml")
    dpkg(debian, directory, "--purge", "clawchat-server", "clawchat-common")
    left = [path for path in debian.list_files() if "clawchat" in path and not path.startswith(("/var/tmp", "/src", "/var/log", "/proc"))]
    assert not left, left


def main():
    machine.enter("dpkg-buildpackage", "dh", "lintian")
    with tempfile.TemporaryDirectory(prefix="clawchat-test-", dir="/var/tmp") as directory:
        start = time.monotonic()
        build(directory)
        print(f"ok build ({time.monotonic() - start:.1f} s)", flush=True)
        if f"VERSION_CODENAME={machine.SUITE}" not in pathlib.Path("/etc/os-release").read_text(encoding="utf-8"):
            machine.skip(f"packages that are built here do not fit {machine.SUITE}, on which they would be tried")
        with machine.Machine() as debian:
            for step in (takes_over, runs, is_upgraded, keeps_the_script_away, is_removed):
                start = time.monotonic()
                step(debian, directory)
                print(f"ok {step.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
