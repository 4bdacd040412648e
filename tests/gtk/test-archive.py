#!/usr/bin/env python3
"""What the window keeps over its end, be it proper or not, and how its key is asked for."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

try:
    import window_driver  # noqa: F401
except ImportError as error:
    print(f"1..0 # SKIP no GLib for python: {error}")
    sys.exit(0)

from accessible import Role, State
from clawchat_processes import Server, files_below, read_files, run_chosen, wait_until
from window_driver import (
    DESKTOP, Window, active_window, narrow, open_chat, press, press_until_focused, screenshot, settle, type_text, walk, xdotool,
)

HAS_KEYRING = os.environ.get("CLAWCHAT_TEST_KEYRING") != "none"


def kill(window):
    window.process.process.send_signal(signal.SIGKILL)
    window.process.process.wait()


def say(text):
    type_text(text)
    press("Return")


def wait_kept(home, messages, waiting):
    """Until so many messages of the only chat are on the disk, and so many of them wait to be sent. A copy is looked at, as
    whoever is killed would leave it: the program lets nobody else open it. One made in the middle of a write may be no good."""
    def count():
        archive = next(path for path in files_below(home) if path.name == "chat.sqlite")
        with tempfile.TemporaryDirectory() as directory:
            for path in archive.parent.glob(archive.name + "*"):
                shutil.copy(path, directory)
            with contextlib.closing(sqlite3.connect(pathlib.Path(directory) / archive.name)) as copy:
                return [copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("messages", "outbox")]

    def are_kept():
        with contextlib.suppress(sqlite3.Error, FileNotFoundError):
            return count() == [messages, waiting]
        return False

    wait_until(are_kept, "the messages to be on the disk")


def lines_of(operator, text):
    return operator.out.text().count(text)


def test_killed():
    """A window that is killed shows its conversation again, and sends what it had not: once."""
    with Server() as server:
        operator = server.attach()
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            window.wait("Keep the messages of this chat on this computer?")
            settle()
            screenshot("history-question")
            window.click("Keep Messages")
            window.wait_gone("Keep the messages of this chat on this computer?")
            say("Kept by me")
            operator.wait_for_line("anna: Kept by me")
            window.wait("Delivered")
            operator.type("Kept by the operator")
            window.wait("Kept by the operator")
            server.process.process.send_signal(signal.SIGSTOP)
            say("Not delivered")
            wait_kept(home, 3, 1)
            kill(window)
        finally:
            window.close()
        window = Window(home, "--name", "anna")
        try:
            for text in "Kept by me", "Kept by the operator", "Not delivered":
                window.wait(text)
            settle()
            screenshot("history-after-kill")
            server.process.process.send_signal(signal.SIGCONT)
            operator.wait_for_line("anna: Not delivered")
            window.wait("Delivered")
            say("And on")
            operator.wait_for_line("anna: And on")
            window.wait_delivered("And on")
            assert lines_of(operator, "anna: Not delivered") == 1, operator.out.text()
            window.quit()
        finally:
            server.process.process.send_signal(signal.SIGCONT)
            window.close()


def test_closed():
    """A window that is closed asks nothing for the sake of what the next one sends."""
    with Server() as server:
        operator = server.attach()
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            settle()
            server.process.process.send_signal(signal.SIGSTOP)
            say("Not delivered")
            window.wait("Not delivered")
            settle()
            press("ctrl+w")
            window.wait_for_end()
        finally:
            server.process.process.send_signal(signal.SIGCONT)
            window.close()
        window = Window(home, "--name", "anna")
        try:
            operator.wait_for_line("anna: Not delivered")
            window.wait_delivered("Not delivered")
            settle()
            window.quit()
        finally:
            window.close()


def export(window, label, path):
    """Returns: what is in the file."""
    window.choose("Chat Menu", "Messages", label)
    window.wait("Export Messages")
    settle()
    press("ctrl+a")
    type_text(str(path))
    settle()
    press("shift+End", "Delete")
    press("Return")
    # Whole, once it is there. What the window says of it may be gone before a slow one is asked.
    wait_until(path.exists, path)
    window.wait_gone("Export Messages")
    return path.read_text()


def check_exported_and_deleted(window, directory):
    """The time to keep them is still what was chosen; they are exported in both ways, and once deleted in none."""
    window.open_menu("Chat Menu")
    window.choose_items("Messages", "Delete After")
    checked = [label for label in ("A Week", "A Month", "A Year", "Never")
               if window.item(label).has(State.CHECKED)]
    assert checked == ["A Week"], checked
    press("Escape", "Escape", "Escape")
    settle()
    text = export(window, "Export as Text…", directory / "said.txt")
    assert re.fullmatch(r"\[[^]]+\] anna: a whispered secret\n", text), text
    said = json.loads(export(window, "Export as JSON…", directory / "said.json"))["messages"]
    assert [(message["sender"], message["text"]) for message in said] == [("anna", "a whispered secret")], said
    window.choose("Chat Menu", "Messages", "Delete All…")
    window.wait("Delete All Messages?")
    settle()
    window.click("Delete")
    window.wait_gone("a whispered secret")  # in the list of chats as well
    assert json.loads(export(window, "Export as JSON…", directory / "nothing.json"))["messages"] == []


def test_nothing_in_the_clear():
    """Of what was said, of drafts and of the title nothing can be read on the disk; but it is, where it is exported to."""
    with Server() as server:
        operator = server.attach()
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            settle()
            say("a whispered secret")
            operator.wait_for_line("anna: a whispered secret")
            press("F2")
            window.wait("Rename Chat")
            settle()
            press("ctrl+a")
            type_text("Conspirators")
            press("Return")
            window.wait("Conspirators")
            window.choose("Chat Menu", "Messages", "Delete After", "A Week")
            wait_until(lambda: any(node.has(State.FOCUSED) for node in walk(window.root)), "the focus to come back")
            window.point_at(window.entry())  # in newer GTK it is at the menu's button
            type_text("an unfinished thought")
            settle()
            window.quit()
        finally:
            window.close()
        files = read_files(home / "clawchat")
        assert any(path.name == "chat.sqlite" for path in files), list(files)
        for path, content in files.items():
            for secret in b"whispered", b"Conspirators", b"unfinished":
                assert secret not in content, (path, secret)
        window = Window(home, "--name", "anna", unwinds=True)
        try:
            window.wait("Conspirators")
            window.wait("an unfinished thought")
            window.wait("a whispered secret")
            check_exported_and_deleted(window, server.directory)
            settle()
            window.quit()
        finally:
            window.close()


def stop_server(server, window):
    server.process.process.terminate()
    server.process.wait()
    window.wait("Reconnecting in ")


def delete_all(window):
    window.choose("Chat Menu", "Messages", "Delete All…")
    window.wait("Delete All Messages?")
    settle()
    window.click("Delete")
    window.wait_gone("Delete All Messages?")


def test_deleted_while_waiting():
    """All messages are deleted, those that wait too: they are neither sent, nor there after a restart."""
    with Server() as server:
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            window.click("Keep Messages")
            window.wait_gone("Keep Messages")
            stop_server(server, window)
            settle()
            window.point_at(window.entry())
            say("I regret this")
            window.wait("I regret this")
            window.wait("Queued")
            delete_all(window)
            window.wait_gone("I regret this")
            settle()
            window.quit()  # without being asked about a message
        finally:
            window.close()
        window = Window(home, "--name", "anna")
        try:
            window.wait("Knocking at all addresses")
            settle()
            assert not window.find("I regret this")
            say("Neither this")
            window.wait("Neither this")
            delete_all(window)
            window.wait_gone("Neither this")
            server.start()
            operator = server.attach()
            window.wait("You are here as anna")
            settle()
            window.point_at(window.entry())
            say("But this")
            operator.wait_for_line("anna: But this")
            window.wait_delivered("But this")
            assert lines_of(operator, "anna: ") == 1, operator.out.text()
            window.quit()
        finally:
            window.close()


def test_damaged():
    """A history that begins anew says so until it is dismissed, also in a narrow window, and the focus goes on from there."""
    with Server() as server:
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            window.click("Keep Messages")
            window.quit()
        finally:
            window.close()
        archive = next(path for path in files_below(home) if path.name == "chat.sqlite")
        archive.write_bytes(b"no history" * 1000)
        window = Window(home, "--name", "anna", G_DEBUG="")  # the log has a warning
        try:
            assert window.wait("The history begins anew").role() == Role.ALERT
            window.wait("You are here as anna")
            settle()
            narrow()
            screenshot("history-damaged")
            buttons = [node for node in walk(window.root) if node.role() == Role.PUSH_BUTTON and "Close" in node.name()]
            press_until_focused("shift+Tab", buttons[-1])  # the first is the window's
            press("space")
            window.wait_gone("The history begins anew")
            wait_until(lambda: window.entry().has(State.FOCUSED), "the focus where messages are written")
            say("And on")
            window.wait_delivered("And on")
            window.quit()
        finally:
            window.close()


def test_not_kept():
    """Who does not want messages to be kept finds none of them after a restart."""
    with Server() as server:
        operator = server.attach()
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("You are here as anna")
            settle()
            say("Forget this")
            operator.wait_for_line("anna: Forget this")
            window.wait("Delivered")
            window.click("Don’t Keep")
            window.wait_gone("Keep the messages of this chat on this computer?")
            window.quit()
        finally:
            window.close()
        window = Window(home, "--name", "anna")
        try:
            window.wait("You are here as anna")
            settle()
            assert not window.find("Forget this")
            window.quit()
        finally:
            window.close()


def test_passphrase():
    """Without a keyring a passphrase is chosen once, and asked for afterwards; a wrong one is told."""
    with Server() as server:
        home = server.directory / "home"
        window = open_chat(server, home)
        try:
            window.wait("Keep Your Chats?")
            settle()
            screenshot("keyring-none")
            type_text("correct horse")
            press("Tab")
            type_text("correct horse")
            settle()
            window.click("Use Passphrase")
            window.wait("You are here as anna")
            window.quit()
        finally:
            window.close()
        window = Window(home, "--name", "anna")
        try:
            window.wait("Unlock Your Chats")
            settle()
            type_text("wrong horse")
            settle()
            window.click("Unlock")
            window.wait("The passphrase is wrong")
            settle()
            screenshot("keyring-wrong-passphrase")
            type_text("correct horse")
            settle()
            window.click("Unlock")
            window.wait("You are here as anna")
            window.quit()
        finally:
            window.close()


@contextlib.contextmanager
def in_memory_only(server, **environment):
    """A window whose user wants nothing to be kept, connected."""
    window = open_chat(server, **environment)
    try:
        window.wait("Keep Your Chats?")
        settle()
        window.click("Memory Only")
        window.wait("You are here as anna")
        settle()
        yield window
    finally:
        window.close()


def test_memory_only():
    """Who wants nothing to be kept leaves nothing on the disk."""
    with Server() as server:
        with in_memory_only(server) as window:
            window.quit()
        home = server.directory / "home"
        files = [path for path in files_below(home) if "clawchat" in str(path.relative_to(home))]
        assert not files, files


def test_memory_only_closed():
    """What was not delivered in memory goes with the program, which asks before it closes; the two answers have keys of their own."""
    with Server() as server, in_memory_only(server) as window:
        stop_server(server, window)
        say("Not delivered")
        window.wait("Not delivered")
        settle()
        for key in "alt+c", "alt+l":
            press("ctrl+w")
            window.wait("1 message is not delivered yet and will be lost.")
            settle()
            press(key)
            if key == "alt+c":
                window.wait_gone("will be lost")
                settle()
        window.wait_for_end()


def stays_in_background(directory):
    """Preferences of an earlier run."""
    path = directory / "config" / "glib-2.0" / "settings"
    path.mkdir(parents=True)
    (path / "keyfile").write_text("[org/clawchat/ClawChat]\nrun-in-background=true\n")
    return {"XDG_CONFIG_HOME": str(directory / "config"), "GSETTINGS_BACKEND": "keyfile"}


def end():
    """Asks the program to end, as the shell does."""
    subprocess.run(["gapplication", "action", "org.clawchat.ClawChat", "quit"], check=True, timeout=60)


def test_end_taken_back():
    """Ctrl+Q asks and is taken back: closing the window still hides it. Asked to end while it is hidden, it comes up to ask."""
    with Server() as server, in_memory_only(server, **stays_in_background(server.directory)) as window:
        stop_server(server, window)
        say("Not yet")
        window.wait("Queued")
        press("ctrl+q")
        window.wait("Close All the Same?")
        settle()
        press("Escape")
        window.wait_gone("Close All the Same?")
        settle()
        press("ctrl+w")
        window.wait_gone("Not yet")
        end()
        dialog = window.wait("Close All the Same?", Role.DIALOG)
        window.wait("Not yet")
        settle()
        buttons = [node for node in walk(dialog) if node.role() == Role.PUSH_BUTTON]
        next(button for button in buttons if "Cancel" not in button.text_or_name()).activate()
        window.wait_for_end()


def test_memory_only_notified():
    """What was notified of a chat that goes with the program is taken back: a click on it could only lead to another chat."""
    with Server() as server:
        berta = server.client("berta")
        with in_memory_only(server, GNOTIFICATION_BACKEND="freedesktop") as window:
            xdotool("windowminimize", active_window())
            settle()
            berta.type("While you look elsewhere")
            wait_until(lambda: DESKTOP.shown, "a notification")
            assert not DESKTOP.closed
            end()
            window.wait_for_end()
            wait_until(lambda: DESKTOP.closed, "the notification to be taken back")


if __name__ == "__main__":
    with_keyring = [
        test_killed, test_closed, test_nothing_in_the_clear, test_deleted_while_waiting, test_damaged, test_not_kept,
    ]
    without = [test_passphrase, test_memory_only, test_memory_only_closed, test_memory_only_notified, test_end_taken_back]
    tests = with_keyring if HAS_KEYRING else without
    sys.exit(run_chosen(tests))
