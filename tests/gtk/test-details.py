#!/usr/bin/env python3
"""The details of a connection, the safety number, and hosting from the window, through AT-SPI and the keyboard."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

try:
    import window_driver  # noqa: F401
except ImportError as error:
    print(f"1..0 # SKIP no GLib for python: {error}")
    sys.exit(0)

from accessible import Role, State
from clawchat_processes import CLIENT, PATIENCE_S, SERVER, Server, newest_last, run_chosen, wait_until
from window_driver import (
    Window, active_window, drag, open_chat, press, press_until_focused, screenshot, settle, type_text, walk, xdotool,
)

NUMBER = re.compile(r"(\d{5} ){11}\d{5}")


def find_number(window):
    for node in walk(window.root):
        match = NUMBER.search(node.text_or_name())
        if match:
            return match.group(0)
    return None


def test_details():
    """The details open, show a direct path, and a safety number that is the one which the server prints."""
    with Server() as server:
        window = open_chat(server)
        try:
            window.wait("You are here as anna")
            window.wait("Connected directly")
            window.choose("Chat Menu", "Connection")
            window.wait("Address of the server")
            window.wait("Direct, UDP over IPv4")
            window.wait("127.0.0.1:")
            window.wait("Session keys")
            window.wait("AES-256-GCM by")
            screenshot("details")
            member = server.json("members")["members"][0]["id"]
            expected = server.command("safety-number", str(member)).stdout.decode().strip()
            assert NUMBER.fullmatch(expected), expected
            assert wait_until(lambda: find_number(window), "the safety number") == expected
            window.wait("Safety number as a QR code")
            window.click("Mark as Verified")
            window.wait("You have compared this number")
            screenshot("verified")
            window.click("Copy All")
            window.wait("Copied to the clipboard")
            settle()
            press("Escape")
            window.wait_gone("Session keys")
            window.choose("Chat Menu", "Connection")
            window.wait("You have compared this number")
            settle()
            press("Escape")
            window.wait_gone("Session keys")
            settle()
            window.quit()
        finally:
            window.close()
        again = Window(server.directory / "home", "--name", "anna")
        try:
            again.wait("You are here as anna")
            again.choose("Chat Menu", "Connection")
            again.wait("You have compared this number")
            settle()
            press("Escape")
            again.wait_gone("Session keys")
            settle()
            again.quit()
        finally:
            again.close()


def say(text):
    type_text(text)
    press("Return")


def choose_of_message(window, text, label):
    """Opens the menu of a message by the mouse."""
    def look():
        return next((n for n in walk(window.root) if n.role() == Role.LABEL and n.text_or_name() == text), None)

    window.point_at(wait_until(look, f"the message {text!r}"), button=3)
    window.choose_items(label)


def check_queued(window):
    """What is written while there is no connection waits; it can be written anew, or taken back, and the cursor is there for more."""
    for text in "First thought", "Never mind":
        say(text)
        window.wait(text)
    window.wait("Queued")
    screenshot("queued")
    choose_of_message(window, "First thought", "Edit")
    wait_until(lambda: window.entry().text_or_name() == "First thought", "the text to be written anew")
    press("ctrl+a")
    say("Second thought")
    window.wait("Second thought")
    choose_of_message(window, "Never mind", "Cancel Sending")
    window.wait_gone("Never mind")
    window.wait_gone("First thought")  # in the list of chats as well


def restart_heard(server, window):
    """The server is back, and an operator is there before the window is. Returns: the operator."""
    window.process.process.send_signal(signal.SIGSTOP)
    try:
        server.start()
        return server.attach()
    finally:
        window.process.process.send_signal(signal.SIGCONT)


def test_countdown():
    """A server that went away: the header counts down to the next attempt, and messages wait for it."""
    with Server() as server:
        window = open_chat(server)
        try:
            window.wait("Connected directly")
            settle()
            server.process.process.terminate()
            server.process.wait()
            window.wait("Reconnecting in ")
            screenshot("reconnecting")
            window.wait("Try Now", Role.PUSH_BUTTON)
            check_queued(window)
            operator = restart_heard(server, window)
            window.wait("Connected directly")
            window.wait_delivered("Second thought")
            say("The last one")
            operator.wait_for_line("anna: The last one")
            heard = [line for line in operator.out.lines if line.startswith("anna: ")]
            assert heard == ["anna: Second thought", "anna: The last one"], heard
            window.wait_delivered("The last one")
            window.quit()
        finally:
            window.close()


@contextlib.contextmanager
def other_session():
    """A second program that is not handed over to the first one: on another session bus, beside the same accessibility bus."""
    address = subprocess.run(
        ["gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus",
         "--method", "org.a11y.Bus.GetAddress"],
        capture_output=True, check=True, timeout=PATIENCE_S,
    ).stdout.decode().split("'")[1]
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={os.environ['CLAWCHAT_TEST_BUS']}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield {
            "DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().decode().strip(),
            "AT_SPI_BUS_ADDRESS": address,
        }
    finally:
        bus.kill()
        bus.wait()


def host_files(home):
    return newest_last(home / "clawchat" / "host" / "security", "*.sec")


def host_command(home, *words):
    control = home / "clawchat" / "host" / "control.sock"
    return subprocess.run(
        [SERVER, "--control-socket", str(control), *words], capture_output=True, timeout=PATIENCE_S, check=False
    ).stdout.decode()


def host_members(home):
    """Who is present, by the host's own control socket."""
    members = json.loads(host_command(home, "members", "--json") or "{}").get("members", [])
    return [member["name"] for member in members if member["present"]]


def test_changed_key():
    """Another server that takes the name of a known one: nothing is sent before the user says so, and the chat says it too."""
    with Server() as server, Server() as other:
        window = open_chat(server)

        def hand_over(name):
            second = subprocess.run(
                [CLIENT, "--file", str(other.fresh_sec(name)), "--bootstrap-key-file", str(other.security / "bootstrap.key")],
                env=window.environment, timeout=PATIENCE_S, check=False,
            )
            assert second.returncode == 0
            window.wait("The Server’s Key Has Changed")
            settle()

        try:
            window.wait("You are here as anna")
            hand_over("first")
            screenshot("changed-key")
            press("Escape")
            window.wait_gone("The Server’s Key Has Changed")
            assert not other.json("members")["members"]
            hand_over("second")
            press("alt+a")
            wait_until(lambda: other.json("sessions")["sessions"], "the session with the other server")
            window.wait("The key of this server has changed.")
            screenshot("changed-key-banner")
            window.click("Compare…")
            expected = other.command("safety-number", str(other.json("members")["members"][0]["id"])).stdout.decode().strip()
            assert wait_until(lambda: find_number(window), "the safety number") == expected
            # Marked by mistake and taken back, nothing was compared: the warning stands again.
            window.click("Mark as Verified")
            window.wait("You have compared this number")
            settle()
            window.click("Verified")
            window.wait_gone("You have compared this number")
            settle()
            press("Escape")
            window.wait_gone("Session keys")
            settle()
            press("alt+c")
            window.wait("Session keys")
            settle()
            window.click("Mark as Verified")
            settle()
            press("Escape")
            window.wait_gone("Session keys")
            settle()
            screenshot("changed-key-verified")
            window.choose("Chat Menu", "Connection")
            window.wait("You have compared this number")
            settle()
            press("Escape")
            window.wait_gone("Session keys")
            settle()
            window.quit()
            check_warned_again(server.directory / "home")
        finally:
            window.close()


def check_warned_again(home):
    """Also in a later run a mark that is taken back leaves the warning."""
    window = Window(home)
    try:
        window.wait("You are here as")
        settle()
        window.choose("Chat Menu", "Connection")
        window.wait("You have compared this number")
        settle()
        window.click("Verified")
        window.wait_gone("You have compared this number")
        settle()
        press("Escape")
        window.wait("The key of this server has changed.")
        settle()
        window.quit()
    finally:
        window.close()


def test_host_and_join():
    """One window hosts a chat and takes part in it, another one joins by the file that is dragged there; it is there again after the program was killed, and stops."""
    with tempfile.TemporaryDirectory() as work, other_session() as session:
        home = pathlib.Path(work) / "anna"
        host = Window(home, "--name", "anna")
        guest = None
        try:
            host.wait("Welcome to ClawChat")
            settle()
            host.choose("Menu", "Host a Chat…")
            host.wait("Start Hosting", Role.PUSH_BUTTON)
            screenshot("host-setup")
            press_until_focused("Tab", host.wait("Start Hosting", Role.PUSH_BUTTON))
            press("space")
            host.wait("Invite Somebody")
            host.wait("Good for one person, for ")
            wait_until(lambda: has_focus(host.wait("Invite Somebody", Role.LIST)), "the focus where one goes on")
            screenshot("host-empty")
            wait_until(lambda: host_members(home) == ["anna"], "the host in its own chat")
            wait_until(lambda: host_files(home), "a file")
            host.click("New File")
            wait_until(lambda: len(host_files(home)) == 2, "another file")
            page = active_window()
            guest = Window(pathlib.Path(work) / "ben", "--name", "ben", **session)
            guest.wait("Welcome to ClawChat")
            guest.wait("Keep Your Chats?")
            settle()
            guest.click("Memory Only")
            settle()
            target = active_window()
            xdotool("windowmove", "--sync", page, 0, 0, "windowmove", "--sync", target, 350, 300)
            drag(host.wait(host_files(home)[-1].name), page, target)
            xdotool("windowactivate", "--sync", target)
            guest.wait("Enter the bootstrap key")
            settle()
            screenshot("host-dragged-out")
            type_text((home / "clawchat" / "host" / "bootstrap.key").read_text().strip())
            press("Return")
            guest.wait("You are here as ben")
            host.wait("ben")
            wait_until(lambda: host_members(home) == ["anna", "ben"], "both")
            screenshot("host-member")
            expected = host_command(home, "safety-number", "2").strip()
            guest.choose("Chat Menu", "Connection")
            assert wait_until(lambda: find_number(guest), "the guest's number") == expected
            settle()
            press("Escape")
            guest.wait_gone("Session keys")
            host.click("Open the Chat")
            host.wait("You are here as anna")
            host.wait_gone("Invite Somebody")
            host.entry().set_text("Hello from the host")
            host.click("Send")
            guest.wait("Hello from the host")
            screenshot("host-chat")
        finally:
            if guest:
                guest.close()
            host.close()
        host = Window(home, "--name", "anna")
        try:
            wait_until(lambda: "running" in host_command(home, "status"), "the host after a restart")
            host.wait("You are here as anna")
            settle()
            host.choose("Menu", "Host a Chat…")
            host.wait("Stop Hosting", Role.PUSH_BUTTON)
            host.click("Stop Hosting")
            host.wait("Stop Hosting?")
            settle()
            press("alt+s")
            host.wait("Start Hosting", Role.PUSH_BUTTON)
            screenshot("host-stopped")
            wait_until(lambda: "running" not in host_command(home, "status"), "the host to be stopped")
            press("Escape")
            settle()
            host.quit()
        finally:
            host.close()


def has_focus(node):
    """Itself or something inside."""
    return any(inner.has(State.FOCUSED) for inner in walk(node))


def start_hosting(host):
    host.choose("Menu", "Host a Chat…")
    host.wait("Start Hosting", Role.PUSH_BUTTON)
    host.click("Start Hosting")
    host.wait("Invite Somebody")


def all_host_members(home):
    return json.loads(host_command(home, "members", "--json"))["members"]


def test_host_again():
    """A host that starts again is the member that it was: it makes no file for another one, neither while its chats are locked
    nor when they stay so."""
    with tempfile.TemporaryDirectory() as work, other_session() as session:
        home = pathlib.Path(work) / "anna"
        own = home / "clawchat" / "host" / "own.sec"

        def check_same():
            assert own.stat().st_mtime_ns == made, "another file"
            assert len(all_host_members(home)) == 1, all_host_members(home)

        def start_locked():
            host = Window(home, "--name", "anna", **session)
            host.wait("Unlock Your Chats")
            wait_until(lambda: "running" in host_command(home, "status"), "the host after a restart")
            settle()
            return host

        host = Window(home, "--name", "anna", **session)
        try:
            host.wait("Keep Your Chats?")
            settle()
            type_text("correct horse")
            press("Tab")
            type_text("correct horse")
            settle()
            host.click("Use Passphrase")
            host.wait_gone("Keep Your Chats?")
            settle()
            start_hosting(host)
            wait_until(lambda: host_members(home) == ["anna"], "the host in its own chat")
            settle()
            press("Escape")
            host.wait("You are here as anna")
            settle()
            host.quit()
            made = own.stat().st_mtime_ns
        finally:
            host.close()
        host = start_locked()
        try:
            type_text("correct horse")
            settle()
            host.click("Unlock")
            host.wait("You are here as anna")
            wait_until(lambda: host_members(home) == ["anna"], "the host in its own chat again")
            check_same()
            settle()
            host.quit()
        finally:
            host.close()
        host = start_locked()
        try:
            host.click("Without Saved Chats")
            host.wait_gone("Unlock Your Chats")
            host.wait("Welcome to ClawChat")
            settle()
            check_same()
            settle()
            host.quit()
        finally:
            host.close()


TESTS = [test_details, test_countdown, test_changed_key, test_host_and_join, test_host_again]
if __name__ == "__main__":
    sys.exit(run_chosen(TESTS))
