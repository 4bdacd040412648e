#!/usr/bin/env python3
"""D-Bus activation: the bus starts the program for a file, or for an action of the desktop file, without a command line."""

import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import window_driver  # noqa: F401
except ImportError as error:
    print(f"1..0 # SKIP no GLib for python: {error}")
    sys.exit(0)

from accessible import programs
from clawchat_processes import CLIENT, run_tap, wait_until
from window_driver import Window, screenshot

APP = "org.clawchat.ClawChat"
REPORT = pathlib.Path(os.environ["XDG_RUNTIME_DIR"]) / "sanitizer"


class Activated(Window):
    """The window of a program that somebody else has started."""

    def __init__(self):
        self.root = wait_until(self._find_by_name, "the activated program")

    def _find_by_name(self):
        return next((program for program in programs() if program.name() == "clawchat"), None)

    def _alive(self):
        return True


def gapplication(*arguments):
    subprocess.run(["gapplication", *arguments], check=True, timeout=60)


def bus_call(method, *arguments):
    return subprocess.run(
        ["gdbus", "call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/org/freedesktop/DBus",
         "--method", f"org.freedesktop.DBus.{method}", *arguments],
        check=True, capture_output=True, text=True,
    ).stdout


def install_service():
    services = pathlib.Path(os.environ["XDG_DATA_HOME"]) / "dbus-1" / "services"
    services.mkdir(parents=True, exist_ok=True)
    (services / f"{APP}.service").write_text(
        f"[D-BUS Service]\nName={APP}\nExec=/usr/bin/env ASAN_OPTIONS=log_path={REPORT} {CLIENT} --gapplication-service\n"
    )
    bus_call("ReloadConfig")


def quit_program():
    """The bus keeps its exit code to itself; what a sanitizer has to say is in a file."""
    pid = bus_call("GetConnectionUnixProcessID", APP).split()[1].rstrip(",)")
    gapplication("action", APP, "quit")
    wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the program to end")
    for report in REPORT.parent.glob(f"{REPORT.name}.{pid}"):
        raise AssertionError(report.read_text())


def test_launch():
    """A click on the icon shows the window."""
    gapplication("launch", APP)
    Activated().wait("Welcome to ClawChat")
    quit_program()


def test_file():
    """A double click on a file opens it; a second one reaches the same program."""
    with tempfile.TemporaryDirectory() as work:
        path = pathlib.Path(work) / "notes.sec"
        path.write_text("milk, bread\n")
        gapplication("launch", APP, str(path))
        window = Activated()
        window.wait("Not a .sec File")
        gapplication("launch", APP, str(path))
        window.wait("Not a .sec File")
        quit_program()


def test_preferences():
    """The action of the desktop file shows the preferences, though there was no window yet."""
    gapplication("action", APP, "preferences")
    window = Activated()
    window.wait("STUN Servers")
    window.wait("Welcome to ClawChat")
    screenshot("activated-preferences")
    quit_program()


if __name__ == "__main__":
    install_service()
    sys.exit(run_tap([test_launch, test_file, test_preferences]))
