#!/usr/bin/env python3
"""The preferences, through AT-SPI and the keyboard."""

import pathlib
import sys
import tempfile

try:
    import window_driver  # noqa: F401
except ImportError as error:
    print(f"1..0 # SKIP no GLib for python: {error}")
    sys.exit(0)

from accessible import State
from clawchat_processes import Server, run_chosen, wait_until
from window_driver import Window, press, screenshot, settle, type_text


def is_usable(node):
    return node.has(State.SENSITIVE)


def open_preferences(window):
    window.wait("Welcome to ClawChat")
    settle()
    press("ctrl+comma")
    window.wait("STUN Servers")
    settle()


def test_rows_are_there():
    """Ctrl+comma opens the preferences; each setting has a row, and each can be used."""
    with tempfile.TemporaryDirectory() as work:
        window = Window(pathlib.Path(work) / "home")
        try:
            open_preferences(window)
            screenshot("preferences")
            for title in (
                "Keep Messages of New Chats", "Show Others When You Are Typing", "Notifications",
                "Show Message Text in Notifications", "Run in the Background", "Examine the Network",
                "Give Up Connecting After",
            ):
                assert is_usable(window.wait(title)), title
            assert not window.find("Set by configuration")
            press("Escape")
            window.wait_gone("STUN Servers")
            settle()
            window.quit()
        finally:
            window.close()


def test_set_by_configuration():
    """What client.yaml gives is shown, and cannot be used."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        config = work / "client.yaml"
        config.write_text(
            "client: {name: Ada}\n"
            "networking: {nat_detection: false, hole_punch_timeout: 7, stun_servers: [stun.example]}\n"
        )
        window = Window(work / "home", "--config", config)
        try:
            open_preferences(window)
            screenshot("preferences-fixed")
            window.wait("Set by configuration")
            window.wait("stun.example")
            assert not window.find("Remove stun.example")
            assert not window.find("Add a Server")
            for title in ("Examine the Network", "Give Up Connecting After"):
                assert not is_usable(window.wait(title)), title
            assert is_usable(window.wait("Run in the Background"))
            press("Escape")
            settle()
            window.quit()
        finally:
            window.close()


def enter_name(window, name):
    """The focus is in the row."""
    press("ctrl+a")
    type_text(name)
    press("Return")


def test_name_counts_at_once():
    """Within a session a new name reaches the others; one that is taken is told in the preferences and in the chat."""
    with Server() as server:
        berta = server.client("berta")
        window = Window(
            server.directory / "home", "--file", server.fresh_sec("given"), "--bootstrap-key-file",
            server.security / "bootstrap.key",
        )
        try:
            window.wait("You are here as guest-")
            settle()
            window.choose("Menu", "Preferences")
            window.wait("STUN Servers")
            settle()
            # Newer GTK begins there; older does not tell that it is there.
            if not window.wait_entry("Name").has(State.FOCUSED):
                press("Tab")
                settle()
            enter_name(window, "ada")
            wait_until(lambda: "ada" in berta.err.text(), "ada in the room")
            enter_name(window, "Berta")
            window.wait("“Berta” is taken in ")
            screenshot("name-taken")
            press("Escape")
            window.wait_gone("STUN Servers")
            window.wait("You are here as ada")
            window.wait("The name “Berta” is taken. You are here as Berta (2)")
            settle()
            window.quit()
        finally:
            window.close()


def test_shortcuts_window():
    """Ctrl+? shows the keys, those of the preferences too."""
    with tempfile.TemporaryDirectory() as work:
        window = Window(pathlib.Path(work) / "home")
        try:
            window.wait("Welcome to ClawChat")
            settle()
            press("ctrl+question")
            window.wait("Latest messages")
            window.wait("Preferences")
            settle()
            screenshot("shortcuts")
            press("Escape")
            settle()
            window.quit()
        finally:
            window.close()


if __name__ == "__main__":
    sys.exit(run_chosen([test_rows_are_there, test_set_by_configuration, test_name_counts_at_once, test_shortcuts_window]))
