#!/usr/bin/env python3
"""The window with a real server: what a user does, through AT-SPI and the keyboard."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

try:
    import window_driver  # noqa: F401
except ImportError as error:
    print(f"1..0 # SKIP no GLib for python: {error}")
    sys.exit(0)

from accessible import Role, State
from clawchat_processes import CLIENT, PATIENCE_S, Server, files_below, run_chosen, wait_until
from window_driver import (
    Window, active_window, extents_at_rest, knock_in_vain, narrow, open_chat, press, press_until_focused, resize, screenshot, settle,
    type_text, walk, xdotool,
)

TEXT_MAX = 65536
DOUBLE_CLICK_S = 3
MAKE_SEC = os.environ["CLAWCHAT_MAKE_SEC"]


def test_first_run():
    """Without a file the window says what to do."""
    with tempfile.TemporaryDirectory() as work:
        window = Window(pathlib.Path(work) / "home")
        try:
            window.wait("Welcome to ClawChat")
            window.wait("Ask the operator of a server for a .sec file")
            window.wait("Open File…", Role.PUSH_BUTTON)
            screenshot("first-run")
            window.quit()
        finally:
            window.close()


def choose_file(window, path, key="ctrl+o"):
    press(key)
    window.wait("Open a .sec File")
    settle()
    type_text(str(path))
    settle()
    # GTK 4.18 leaves ends of completions behind the cursor.
    press("shift+End", "Delete")
    press("Return")


def answer_key(window, key):
    window.wait("Enter the bootstrap key")
    settle()
    type_text(key)
    press("Return")


def test_open_and_chat():
    """A file from the dialog, a wrong key, the right key, messages both ways up to delivered."""
    with Server() as server:
        operator = server.attach()
        window = Window(server.directory / "home", unwinds=True)
        try:
            window.wait("Welcome to ClawChat")
            settle()
            choose_file(window, server.fresh_sec("picked"), "ctrl+n")
            answer_key(window, "A" * 43 + "=")
            window.wait("does not open this file")
            screenshot("wrong-key")
            answer_key(window, (server.security / "bootstrap.key").read_text().strip())
            window.wait("You are here as")
            settle()
            type_text("Hello from the window")
            press("shift+Return")
            type_text("and a second line")
            press("Return")
            wait_until(lambda: "Hello from the window" in operator.out.text(), "the message at the operator's")
            wait_until(lambda: "and a second line" in operator.out.text(), "the second line")
            window.wait("Hello from the window")
            window.wait("Delivered")
            operator.type("Hello from the operator")
            window.wait("Hello from the operator")
            screenshot("chat")
            window.quit()
        finally:
            window.close()


def test_second_start():
    """A second start hands its file over, which the chat does not need while it is connected."""
    with Server() as server:
        operator = server.attach()
        window = open_chat(server)
        try:
            window.wait("You are here as anna")
            operator.type("Hello from the operator")
            window.wait("Hello from the operator")
            settle()
            start_again(window, server.fresh_sec("second"))
            answer_key(window, (server.security / "bootstrap.key").read_text().strip())
            window.wait("Connected to “")
            screenshot("second-start")
            window.wait("Hello from the operator")
            wait_rows(window, ("Connected",))
            window.quit()
        finally:
            window.close()


def test_too_long():
    """A text that is too long is refused and stays."""
    with Server() as server:
        window = open_chat(server)
        try:
            window.wait("You are here as anna")
            settle()
            window.entry().set_text("x" * (TEXT_MAX + 1))
            press("Return")
            window.wait("1 byte too long", Role.ALERT)
            screenshot("too-long")
            assert len(window.entry().text()) == TEXT_MAX + 1
            window.entry().set_text("")
            window.quit()
        finally:
            window.close()


def rows(window):
    """The names of the chats in the sidebar, from above."""
    lists = [node for node in walk(window.root) if node.role() == Role.LIST and node.name() == "Chats"]
    return [row_name(item) for found in lists for item in found.children()]


def row_name(item):
    return next((node.name() for node in walk(item) if ", " in node.name()), "")


def wait_rows(window, *expected):
    """Waits until the chats are those, each described by some parts of its name."""
    def match():
        names = rows(window)
        return len(names) == len(expected) and all(
            part in name for name, parts in zip(names, expected) for part in parts
        )
    wait_until(match, lambda: f"{expected} in {rows(window)}")


def start_again(window, path):
    """As a double click on a file does while the program runs."""
    second = subprocess.run([CLIENT, str(path)], env=window.environment, timeout=PATIENCE_S, check=False)
    assert second.returncode == 0


def test_command_line():
    """--file, --bootstrap-key-file and --name connect without a question; narrow and dark."""
    with Server() as server:
        other = server.client("berta")
        window = open_chat(server, ADW_DEBUG_COLOR_SCHEME="prefer-dark")
        try:
            window.wait("You are here as anna")
            other.type("Hello anna")
            window.wait("Hello anna")
            settle()
            narrow()
            type_text("Hello berta")
            press("Return")
            other.wait_for_line("anna: Hello berta")
            window.wait("Delivered")
            settle()
            screenshot("narrow-dark")
            window.quit()
        finally:
            window.close()


def test_comes_back_without_a_file():
    """A window that is started again is connected to the same server; while that is away it knocks, and can be cancelled."""
    with Server() as server:
        operator = server.attach()
        home = server.directory / "home"
        key_file = server.security / "bootstrap.key"
        window = Window(home, "--file", server.fresh_sec("given"), "--bootstrap-key-file", key_file, "--name", "anna")
        try:
            window.wait("You are here as anna")
            window.quit()
        finally:
            window.close()
        window = Window(home, "--name", "anna")
        try:
            window.wait("You are here as anna")
            settle()
            type_text("Back again")
            press("Return")
            operator.wait_for_line("anna: Back again")
            window.wait("Delivered")
            window.quit()
        finally:
            window.close()
        server.process.process.terminate()
        server.process.wait()
        window = Window(home, "--name", "anna")
        try:
            window.wait("Knocking at all addresses")
            settle()
            window.click("Cancel")
            window.wait("You are not connected")
            settle()
            screenshot("not-connected")
            window.quit()
        finally:
            window.close()


def is_enabled(node):
    return node.has(State.SENSITIVE)


def saved_files(home):
    """The file that says where the store's key is has nothing of a chat."""
    return [path for path in files_below(home / "clawchat") if path.name != "keyring"]


def erase_by_keyboard(window):
    """Types YES into the question and reaches its button with Tab alone."""
    entry = window.wait_entry("Type YES to confirm")
    type_text("yes")
    settle()
    assert not is_enabled(window.wait("Erase All Keys", Role.PUSH_BUTTON))
    entry.set_text("")
    settle()
    type_text("YES")
    wait_until(lambda: is_enabled(window.wait("Erase All Keys", Role.PUSH_BUTTON)), "the button to work")
    press_until_focused("Tab", window.wait("Erase All Keys", Role.PUSH_BUTTON))
    press("Return")


def check_erased(window, _server, home):
    """Nothing is left, and the page says what to do."""
    window.wait("Keys Erased")
    window.wait("here and on the server")
    window.wait("Open Another File…", Role.PUSH_BUTTON)
    assert not window.find("You are here as anna")
    assert not saved_files(home), saved_files(home)


def check_kept(window, server, home):
    """The keys are gone, what was said can be read, nothing can be sent; a new file goes on in the same chat."""
    window.wait("here and on the server")
    window.wait("Erase Messages Too…", Role.PUSH_BUTTON)
    window.wait("Worth keeping")
    assert not window.find("Message", Role.TEXT)
    names = {path.name for path in saved_files(home)}
    assert "chat.sqlite" in names and "identity.key" not in names, names
    assert not any(name.endswith(".pairing") for name in names), names
    window.quit()
    window.close()
    again = Window(home, "--name", "anna", unwinds=True)
    try:
        again.wait("here and on the server")
        again.wait("Worth keeping")
        settle()
        screenshot("compromised-kept")
        choose_file(again, server.fresh_sec("second"))
        answer_key(again, (server.security / "bootstrap.key").read_text().strip())
        again.wait("You are here as anna")
        again.wait("Worth keeping")
        again.wait_gone("Erase Messages Too…")
        again.quit()
    finally:
        again.close()


def check_compromised(scheme, by_menu, check):
    """The question can be cancelled; answered, the keys are erased on both sides, and the messages as was said."""
    with Server() as server:
        operator = server.attach()
        home = server.directory / "home"
        window = open_chat(server, home, ADW_DEBUG_COLOR_SCHEME=f"prefer-{scheme}")
        try:
            window.wait("You are here as anna")
            settle()
            type_text("Worth keeping")
            press("Return")
            operator.wait_for_line("anna: Worth keeping")
            window.wait("Delivered")
            narrow()
            type_text("/compromised")
            press("Return")
            window.wait("Keys Compromised?")
            window.wait("Also erase the messages kept on this computer")
            settle()
            screenshot(f"compromised-question-{scheme}")
            press("Escape")
            window.wait_gone("Keys Compromised?")
            settle()
            if by_menu:
                window.open_menu("Chat Menu")
                settle()
                screenshot(f"compromised-menu-{scheme}")
                press("Up", "Up", "Return")
            else:
                type_text("/compromised")
                press("Return")
            window.wait("Keys Compromised?")
            settle()
            if check is check_kept:
                box = window.wait("Also erase the messages kept on this computer", Role.CHECK_BOX)
                assert box.has(State.CHECKED)
                press("shift+Tab", "space")
                wait_until(lambda: not box.has(State.CHECKED), "the messages to be spared")
                press("Tab")
                settle()
            erase_by_keyboard(window)
            window.wait("here and on the server")
            settle()
            screenshot(f"compromised-done-{scheme}")
            wait_until(lambda: "anna says that its keys are compromised" in operator.err.text(), "the operator to hear")
            assert server.json("members")["members"] == []
            check(window, server, home)
            if window.process.process.poll() is None:
                window.quit()
        finally:
            window.close()


def test_compromised():
    """By /compromised in a light window; everything is erased."""
    check_compromised("light", by_menu=False, check=check_erased)


def test_compromised_dark():
    """By the menu in a dark window; the messages are kept."""
    check_compromised("dark", by_menu=True, check=check_kept)


def test_compromised_by_server():
    """The operator erases everything: the window says so, its messages stay until they are erased too, and a new file is good."""
    with Server() as server:
        home = server.directory / "home"
        key_file = server.security / "bootstrap.key"
        window = Window(
            home, "--file", server.fresh_sec("given"), "--bootstrap-key-file", key_file, "--name", "anna", unwinds=True
        )
        try:
            window.wait("You are here as anna")
            settle()
            type_text("half a")
            assert server.command("compromised").returncode == 0
            window.wait("says that its keys are compromised")
            settle()
            screenshot("compromised-told")
            # Who goes on to write presses no button by it, and finds them with Tab.
            type_text(" sentence")
            settle()
            assert not window.find("Open a .sec File")
            press_until_focused("Tab", window.wait("Open Another File…", Role.PUSH_BUTTON))
            window.click("Erase Messages Too…")
            dialog = window.wait("Erase Messages Too?", Role.DIALOG)
            settle()
            accept = next(node for node in walk(dialog) if "Erase Messages" in node.text_or_name() and node.role() == Role.PUSH_BUTTON)
            accept.activate()
            window.wait("Keys Erased")
            wait_until(lambda: not saved_files(home), "the messages to be erased")
            settle()
            choose_file(window, server.fresh_sec("second"))
            answer_key(window, key_file.read_text().strip())
            window.wait("You are here as anna")
            window.quit()
        finally:
            window.close()


def test_several_chats():
    """Two servers in one window: switching, unread, renaming, forgetting; both are back after a restart."""
    with Server(config="server: {name: Alpha}\n") as alpha, Server(config="server: {name: Beta}\n") as beta:
        home = alpha.directory / "home"
        operators = {"Alpha": alpha.attach(), "Beta": beta.attach()}
        window = Window(
            home, alpha.fresh_sec("one"), "--bootstrap-key-file", alpha.security / "bootstrap.key", "--name", "anna",
        )
        try:
            window.wait("You are here as anna")
            settle()
            start_again(window, beta.fresh_sec("two"))
            answer_key(window, (beta.security / "bootstrap.key").read_text().strip())
            wait_rows(window, ("Beta", "Connected"), ("Alpha", "Connected"))
            check_switching(window, operators)
            check_menus(window, operators)
            narrow_two(window)
            window.quit()
        finally:
            window.close()
        window = Window(home, "--name", "anna")
        try:
            wait_until(lambda: sorted(name.split(",")[:2] for name in rows(window))
                       == [["Beta", " Connected"], ["Friends", " Connected"]], lambda: f"both chats in {rows(window)}")
            check_forget(window, home)
            window.quit()
        finally:
            window.close()


def check_switching(window, operators):
    """A chat that is not in view counts what is unread and moves up; Ctrl+Page Down shows it."""
    settle()
    operators["Alpha"].type("Are you there?")
    wait_rows(window, ("Alpha", "1 unread message", "Are you there?"), ("Beta",))
    operators["Alpha"].type("The second one\nThe third one, which is a rather long one that does not fit into its line")
    wait_rows(window, ("Alpha", "3 unread messages"), ("Beta",))
    screenshot("chats-unread")
    type_text("a draft")
    press("ctrl+Prior")
    window.wait("Are you there?", Role.LABEL)
    wait_rows(window, ("Alpha, Connected, Alpha: The third one",), ("Beta",))  # nothing unread
    settle()
    type_text("Yes, here")
    press("Return")
    operators["Alpha"].wait_for_line("anna: Yes, here")
    wait_rows(window, ("Alpha", "You: Yes, here"), ("Beta",))
    press("alt+Down")
    settle()
    assert window.entry().text() == "a draft"
    press("ctrl+a", "BackSpace")
    type_text("Hello Beta")
    press("Return")
    operators["Beta"].wait_for_line("anna: Hello Beta")
    wait_rows(window, ("Beta", "You: Hello Beta"), ("Alpha",))
    screenshot("chats-two")


def check_menus(window, operators):
    """Renamed by F2, disconnected and brought back by the menu of its row, which opens by Shift+F10."""
    press("alt+Down")
    settle()
    press("F2")
    window.wait("Rename Chat")
    settle()
    screenshot("chats-rename")
    press("ctrl+a")
    type_text("Friends")
    press("Return")
    wait_rows(window, ("Beta",), ("Friends",))
    tab_to_sidebar(window)
    press("shift+F10")
    settle()
    screenshot("chats-menu")
    press_until_focused("Down", window.item("Disconnect"))
    press("Return")
    wait_rows(window, ("Beta", "Connected"), ("Friends", "Not connected"))
    window.wait("You are not connected")
    window.click("Connect")
    wait_rows(window, ("Beta",), ("Friends, Connected",))


def tab_to_sidebar(window):
    """With Tab alone, as without a mouse."""
    for _ in range(12):
        press("Tab")
        settle()
        focused = [node for node in walk(window.root) if node.role() == Role.LIST_ITEM and node.has(State.FOCUSED)]
        if any(row_name(node) in rows(window) for node in focused):
            return
    raise AssertionError("the sidebar cannot be reached with Tab")


def narrow_two(window):
    """On a phone the list leads to a chat and Escape leads back."""
    narrow()
    wait_until(lambda: not rows(window), "the chat alone")
    screenshot("chats-narrow")
    press("Escape")
    wait_until(lambda: len(rows(window)) == 2, "the list alone")
    settle()
    screenshot("chats-narrow-list")
    # No chat is in view that they could be meant for; the focus stays in the list.
    press("ctrl+f", "F2")
    settle()
    assert not window.find("Rename Chat")
    press("Down", "Return")
    wait_until(lambda: not rows(window), "a chat alone")
    press("alt+Left")
    wait_until(lambda: len(rows(window)) == 2, "the list again")
    widen()


def check_forget(window, home):
    """A forgotten chat leaves nothing on the disk, and the other one stays."""
    before = list((home / "clawchat" / "chats").iterdir())
    assert len(before) == 2, before
    settle()
    window.open_menu("Chat Menu")
    settle()
    press("Up", "Return")
    window.wait("Its keys and its messages are erased")
    settle()
    screenshot("chats-forget")
    press("Tab")
    window.click("Forget")
    wait_rows(window, ("Connected",))
    wait_until(lambda: len(list((home / "clawchat" / "chats").iterdir())) == 1, "its directory to go")
    settle()
    check_written_at_once(window, "in the other chat")


def check_written_at_once(window, text):
    """The focus is where one writes: no button takes a space for a click on it."""
    before = window.entry().text()
    type_text(text)
    wait_until(lambda: window.entry().text() == before + text, f"{text!r} in the entry")


def widen():
    resize(920, 640)


def test_revoked():
    """Who was put out is not offered to come back without another file, neither on the page nor in the list of chats."""
    with Server() as server:
        window = open_chat(server)
        try:
            window.wait("You are here as anna")
            settle()
            assert server.command("revoke", "1").returncode == 0
            window.wait("Open Another File…", Role.PUSH_BUTTON)
            settle()
            tab_to_sidebar(window)
            press("shift+F10")
            settle()
            window.item("Rename…")
            window.item("Forget…")
            screenshot("revoked-menu")
            for label in "Disconnect", "Reconnect":
                assert not window.find(label), label
            press("Escape")
            settle()
            window.quit()
        finally:
            window.close()


def test_stuck():
    """What waits while the user has disconnected is said not to be sent; trying again sends it, once."""
    with Server() as server:
        window = open_chat(server)
        try:
            window.wait("You are here as anna")
            settle()
            server.process.process.terminate()
            assert server.process.wait() == 0
            window.wait("Connection lost")
            type_text("is anybody there?")
            press("Return")
            window.wait("Queued")
            window.choose("Chat Menu", "Disconnect")
            window.wait("Not Sent · Try Again", Role.PUSH_BUTTON)
            window.wait_gone("Queued")
            screenshot("stuck")
            server.start()
            operator = server.attach()
            window.click("Not Sent · Try Again")
            operator.wait_for_line("anna: is anybody there?")
            window.wait_delivered("is anybody there?")
            window.wait_gone("Not Sent")
            assert sum("is anybody there?" in line for line in operator.out.lines) == 1, operator.out.lines
            window.quit()
        finally:
            window.close()


def test_cancel_while_knocking():
    """While nobody answers the user can cancel, and is back at the beginning."""
    with Server() as server:
        sec = server.fresh_sec("lonely")
        server.process.process.terminate()
        server.process.wait()
        window = Window(
            server.directory / "home", sec, "--bootstrap-key-file", server.security / "bootstrap.key"
        )
        try:
            window.wait("Knocking at all addresses")
            screenshot("connecting")
            window.click("Cancel")
            window.wait("Welcome to ClawChat")
            settle()
            window.quit()
        finally:
            window.close()


def test_no_answer():
    """After the time that the settings give, the window says what was tried and what to do."""
    with Server() as server:
        window = knock_in_vain(server)
        try:
            window.wait("No Answer")
            window.wait("127.0.0.1")
            window.wait("Try Again", Role.PUSH_BUTTON)
            screenshot("no-answer")
            settle()
            window.quit()
        finally:
            window.close()


def test_expired():
    """An expired file is told with its age; trying all the same knocks."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        subprocess.run([MAKE_SEC, work / "old.sec", "correct horse", "14"], check=True)
        (work / "key").write_text("correct horse\n")
        (work / "key").chmod(0o600)
        window = Window(work / "home", work / "old.sec", "--bootstrap-key-file", work / "key")
        try:
            window.wait("This File Has Expired")
            window.wait("14 minutes ago")
            screenshot("expired")
            window.click("Try All the Same")
            window.wait("Knocking at all addresses of “Vault”")
            window.click("Cancel")
            window.wait("Welcome to ClawChat")
            settle()
            window.quit()
        finally:
            window.close()


def test_not_a_sec_file():
    """Any other file is told as what it is before a key is asked for."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "notes.sec").write_text("milk, bread\n")
        window = Window(work / "home", unwinds=True)
        try:
            window.wait("Welcome to ClawChat")
            settle()
            choose_file(window, work / "notes.sec")
            window.wait("Not a .sec File")
            window.wait("Open Another File…", Role.PUSH_BUTTON)
            screenshot("not-a-sec-file")
            settle()
            window.quit()
        finally:
            window.close()


def with_slow_hands(directory):
    """The environment of a program for which two clicks are a double one that have so many milliseconds between them: a busy
    machine may hold up the second."""
    settings = pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "gtk-4.0" / "settings.ini"
    (directory / "config" / "gtk-4.0").mkdir(parents=True)
    (directory / "config" / "gtk-4.0" / "settings.ini").write_text(
        f"{settings.read_text()}gtk-double-click-time={DOUBLE_CLICK_S * 1000}\n"
    )
    return {"XDG_CONFIG_HOME": str(directory / "config")}


def test_copy_selection():
    """Ctrl+C copies the words that are selected, not their whole message; without a selection the message."""
    with Server() as server:
        berta = server.client("berta")
        window = open_chat(server, **with_slow_hands(server.directory))
        try:
            window.wait("You are here as anna")
            settle()
            berta.type("alpha beta gamma")
            window.wait("alpha beta gamma")
            settle()
            # The last of that text: the list of chats has it too.
            text = [node for node in walk(window.root) if node.text_or_name() == "alpha beta gamma"][-1]
            x, y, _, height = extents_at_rest(text)
            point = ["mousemove", "--window", active_window(), x + 8, y + height // 2, "click"]
            xdotool(*point, "--repeat", 2, "--delay", 80, 1)
            assert pasted_after_copying(window) == "alpha"
            window.entry().set_text("")
            time.sleep(DOUBLE_CLICK_S + 1)  # a click of its own
            xdotool(*point, 1)
            assert pasted_after_copying(window) == "alpha beta gamma"
            window.entry().set_text("")
            settle()
            window.quit()
        finally:
            window.close()


def test_focus_after_a_click():
    """A button that goes when it is clicked leaves the focus where one writes."""
    with Server() as server:
        berta = server.client("berta")
        window = open_chat(server)
        try:
            window.wait("You are here as anna")
            settle()
            window.point_at(window.wait("Keep Messages", Role.PUSH_BUTTON))
            window.wait_gone("Keep Messages")
            check_written_at_once(window, "after the question ")
            for number in range(40):
                berta.type(f"line {number} of many")
            window.wait("line 39 of many", Role.LABEL)
            settle()
            x, y, width, _ = extents_at_rest(window.entry())
            xdotool("mousemove", "--window", active_window(), x + width // 2, y - 150)
            xdotool("click", "--repeat", 10, 4)
            window.point_at(window.wait("Newest Messages", Role.PUSH_BUTTON))
            settle()
            check_written_at_once(window, "after the newest ")
            window.quit()
        finally:
            window.close()


def pasted_after_copying(window):
    """Copies by the keyboard where the focus is. Returns: what the entry got of it."""
    settle()
    press("ctrl+c")
    settle()
    window.point_at(window.entry())
    settle()
    press("ctrl+v")
    wait_until(lambda: window.entry().text(), "what was copied")
    return window.entry().text()


if __name__ == "__main__":
    sys.exit(run_chosen([
        test_first_run,
        test_not_a_sec_file,
        test_expired,
        test_comes_back_without_a_file,
        test_compromised,
        test_compromised_dark,
        test_compromised_by_server,
        test_revoked,
        test_stuck,
        test_cancel_while_knocking,
        test_no_answer,
        test_command_line,
        test_several_chats,
        test_copy_selection,
        test_focus_after_a_click,
        test_open_and_chat,
        test_second_start,
        test_too_long,
    ]))
