#!/usr/bin/env python3
"""What the program does while nobody looks: it stays, notifies, comes back to the chat by a click, and takes no focus away."""

import os
import pathlib
import subprocess
import sys

try:
    import window_driver
except ImportError as error:
    print(f"1..0 # SKIP no GLib for python: {error}")
    sys.exit(0)

from accessible import State
from clawchat_processes import CLIENT, Server, newest_last, run_chosen, wait_until
from window_driver import DESKTOP, knock_in_vain, open_chat, press, press_until_focused, screenshot, settle, type_text, walk

APP = "org.clawchat.ClawChat"
MAKE_SEC = os.environ["CLAWCHAT_MAKE_SEC"]


def settings(directory, text):
    """Preferences of an earlier run."""
    path = pathlib.Path(directory) / "config" / "glib-2.0" / "settings"
    path.mkdir(parents=True)
    (path / "keyfile").write_text(f"[org/clawchat/ClawChat]\n{text}")
    return {
        "XDG_CONFIG_HOME": str(pathlib.Path(directory) / "config"), "GSETTINGS_BACKEND": "keyfile",
        "GNOTIFICATION_BACKEND": "freedesktop",
    }


def test_stays_and_notifies():
    """In view nothing is notified; without a window a message is, a click shows it and the notification goes; Ctrl+Q ends it all."""
    with Server() as server:
        berta = server.client("berta")
        window = open_chat(server, **settings(server.directory, "run-in-background=true\n"))
        try:
            window.wait("You are here as anna")
            settle()
            berta.type("Seen at once")
            window.wait("Seen at once")
            settle()
            assert not DESKTOP.shown, DESKTOP.shown
            press("ctrl+w")
            window.wait_gone("Seen at once")
            berta.type("While you were away")
            wait_until(lambda: DESKTOP.shown, "a notification")
            title, body, actions = DESKTOP.shown[-1]
            assert body == "berta: While you were away" and title, DESKTOP.shown
            assert "default" in actions and "Reply" in actions, actions
            DESKTOP.click(len(DESKTOP.shown), actions[actions.index("Reply") - 1])
            window.wait("While you were away")
            wait_until(lambda: DESKTOP.closed, "the notification to be taken back")
            settle()
            type_text("Here I am")
            press("Return")
            berta.wait_for_line("anna: Here I am")
            window.wait("Delivered")
            window.quit()
        finally:
            window.close()


def test_ends_with_its_window():
    """Without the setting closing the window is the end."""
    with Server() as server:
        window = open_chat(server, **settings(server.directory, "run-in-background=false\n"))
        try:
            window.wait("You are here as anna")
            settle()
            press("ctrl+w")
            window.wait_for_end()
        finally:
            window.close()


def activate(window, *action):
    """As the action of a desktop file or of a notification does."""
    subprocess.run(["gapplication", "action", APP, *action], env=window.environment, check=True, timeout=60)


def test_ends_when_it_may_not_stay():
    """What the settings, or the system by them, say after the window was closed counts too: nothing runs on unseen."""
    with Server() as server:
        environment = settings(server.directory, "run-in-background=true\n")
        window = open_chat(server, **environment)
        try:
            window.wait("You are here as anna")
            settle()
            press("ctrl+w")
            window.wait_gone("You are here as anna")
            settings_file = pathlib.Path(environment["XDG_CONFIG_HOME"]) / "glib-2.0" / "settings" / "keyfile"
            settings_file.write_text("[org/clawchat/ClawChat]\nrun-in-background=false\n")
            window.wait_for_end()
        finally:
            window.close()


def test_actions_while_hidden():
    """Preferences and hosting that are asked for from outside come with the window, not without."""
    with Server() as server:
        window = open_chat(server, **settings(server.directory, "run-in-background=true\n"))
        try:
            window.wait("You are here as anna")
            for action, expected in ("preferences", "STUN Servers"), ("host", "Start Hosting"), ("shortcuts", "Keyboard Shortcuts"):
                settle()
                press("ctrl+w")
                window.wait_gone("You are here as anna")
                activate(window, action)
                window.wait(expected)
                window.wait("You are here as anna")
                screenshot(f"hidden-{action}")
                settle()
                press("Escape")
                window.wait_gone(expected)
            settle()
            window.quit()
        finally:
            window.close()


def has_focus(window, text):
    return any(node.has(State.FOCUSED) for node in walk(window.root) if text in node.text_or_name())


def test_failure_beside_a_menu():
    """Who is in the list of chats, or in a menu, while a chat fails, is left there; who is in the page that goes is not."""
    with Server() as server:
        window = knock_in_vain(server)
        try:
            window.wait("Knocking at all addresses")
            settle()
            window.open_menu("Chat Menu")
            settle()
            press_until_focused("Down", window.item("Rename…"))
            window.wait("No Answer")
            settle()
            screenshot("failure-beside-a-menu")
            assert window.item("Rename…").has(State.FOCUSED)
            press("Escape")
            wait_until(lambda: has_focus(window, "Try Again"), "the focus where one goes on")
            press("Return")
            window.wait("Knocking at all addresses")
            window.wait("No Answer")
            wait_until(lambda: has_focus(window, "Try Again"), "the focus where one goes on")
            window.quit()
        finally:
            window.close()


def test_file_beside_a_chat():
    """A file that turns out to be over while the user is in another chat is told there, and leaves the focus and the chat."""
    with Server() as server:
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            chat = newest_last(home / "clawchat" / "chats", "*")[0].name
            subprocess.run([MAKE_SEC, server.directory / "old.sec", "correct horse", "14"], check=True)
            subprocess.run([CLIENT, server.directory / "old.sec"], env=window.environment, check=True, timeout=60)
            window.wait("Passphrase Needed")
            activate(window, "open-chat", f"'{chat}'")
            window.wait("You are here as anna")
            settle()
            type_text("correct horse")
            press("Return")
            window.wait("14 minutes ago")
            settle()
            screenshot("file-beside-a-chat")
            assert not window.find("This File Has Expired")
            type_text("goes on")
            wait_until(lambda: window.entry().text() == "goes on", "what is typed on")
            press("ctrl+a", "BackSpace")
            window.quit()
        finally:
            window.close()


if __name__ == "__main__":
    tests = [
        test_stays_and_notifies,
        test_ends_with_its_window,
        test_ends_when_it_may_not_stay,
        test_actions_while_hidden,
        test_failure_beside_a_menu,
        test_file_beside_a_chat,
    ]
    sys.exit(run_chosen(tests))
