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
from clawchat_processes import CLIENT, Server, newest_last, run_chosen, wait_until
from window_driver import Window, open_chat, press, screenshot, settle, type_text

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

    def _last_words(self):
        return "its words are the bus's"


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


def say(window, text):
    type_text(text)
    press("Return")
    window.wait_delivered(text)


def test_notification():
    """A click on a notification that outlived the program shows its chat, not the one of which was heard last: an answer goes there."""
    home = pathlib.Path(os.environ["XDG_DATA_HOME"])
    with Server(config="server: {name: First}") as server, Server(config="server: {id: other, name: Second}") as other:
        operators = [server.attach(), other.attach()]
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            settle()
            say(window, "To the first one")
            first = newest_last(home / "clawchat" / "chats", "*")[0].name
            subprocess.run(
                [CLIENT, "--file", other.fresh_sec("given"), "--bootstrap-key-file", str(other.security / "bootstrap.key")],
                env=window.environment, check=True, timeout=60,
            )
            wait_until(lambda: other.json("sessions")["sessions"], "the session with the second one")
            window.wait("Second, ")
            settle()
            say(window, "To the second one")
            operators[1].wait_for_line("anna: To the second one")
            window.quit()
        finally:
            window.close()
        gapplication("action", APP, "open-chat", f"'{first}'")
        window = Activated()
        wait_until(lambda: window.find("Second, ") and window.find("You are here as "), "the chats")
        settle()
        type_text("My answer")
        press("Return")
        wait_until(lambda: any("My answer" in operator.out.text() for operator in operators), "the answer")
        heard = ["My answer" in operator.out.text() for operator in operators]
        assert heard == [True, False], heard
        window.wait_delivered("My answer")
        quit_program()


if __name__ == "__main__":
    install_service()
    tests = [test_launch, test_file, test_preferences, test_notification]
    sys.exit(run_chosen(tests))
