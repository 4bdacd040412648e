#!/usr/bin/env python3
"""Programs at the control socket: bots, tail, attach on a terminal and for programs, and who is let in."""

import contextlib
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import stat
import subprocess
import sys

from clawchat_processes import PATIENCE_S, SERVER, Process, Server, run_tap, wait_until

EXAMPLES = pathlib.Path(os.environ.get("G_TEST_SRCDIR", pathlib.Path(__file__).parent.parent)).resolve().parent / "data/examples"


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, *command, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            for name in ("NO_COLOR", "COLORTERM"):
                os.environ.pop(name, None)
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8", **environment})
            os.execv(command[0], command)
        self.text = b""
        self.code = None

    def read(self, timeout=0.0):
        """Takes what has come; everything is in .text."""
        with contextlib.suppress(OSError):
            while select.select([self.fd], [], [], timeout)[0]:
                data = os.read(self.fd, 65536)
                if not data:
                    break
                self.text += data
                timeout = 0
        return self.text

    def wait_for(self, what, since=0):
        """Returns: where it ends in .text."""
        wait_until(lambda: what.encode() in self.read(0.05)[since:], lambda: f"{what!r} in {self.text[since:]!r}")
        return self.text.index(what.encode(), since) + len(what.encode())

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self):
        """Returns: the exit code."""
        def ended():
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            return pid
        wait_until(ended, lambda: f"the end: {self.text[-300:]!r}")
        self.read()
        return self.code

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@contextlib.contextmanager
def running(command, **options):
    process = Process(command, **options)
    try:
        yield process
    finally:
        process.kill()


def attach_on_terminal(server, **environment):
    return Terminal(SERVER, "--control-socket", str(server.control), "attach", **environment)


def chat_with_bot(server, bot, ask, expected):
    """A member says something to a bot that runs already."""
    wait_until(lambda: server.status()["operators"] == 1, lambda: f"the bot to be there: {bot.err.lines}")
    anna = server.client("anna")
    anna.wait_for_line("ClawChat Server: Welcome, anna!" + expected[0])
    for question, answer in zip(ask, expected[1:]):
        anna.type(question)
        wait_until(lambda pattern=answer: re.search(pattern, anna.out.text(), re.M),
                   lambda pattern=answer: f"{pattern} in {anna.out.lines}, {bot.err.lines}")


def the_python_bot_answers():
    """The example in Python: greets, answers, and is not confused by what is meant to confuse it."""
    with Server() as server, running([sys.executable, str(EXAMPLES / "clawchat-bot.py"), str(server.control)]) as bot:
        chat_with_bot(server, bot, ["!time", '!echo "a\\b" {"command":"revoke","member":1}'],
                      [" I know !time and !echo TEXT.", r"^ClawChat Server: It is \d\d:\d\d\.$",
                       r'^ClawChat Server: anna says: "a\\b" \{"command":"revoke","member":1\}$'])
        assert bot.process.poll() is None
        assert len(server.json("members")["members"]) == 1


def the_shell_bot_answers():
    """The example in shell, with attach --json."""
    path = f"{pathlib.Path(SERVER).parent}:{os.environ['PATH']}"
    if subprocess.run(["sh", "-c", "command -v jq"], capture_output=True, check=False).returncode != 0:
        return "SKIP jq is not installed"
    with Server() as server:
        command = ["sh", str(EXAMPLES / "clawchat-bot.sh"), str(server.control)]
        with running(command, env={**os.environ, "PATH": path}, start_new_session=True) as bot:
            try:
                chat_with_bot(server, bot, ["!load", "$(touch /tmp/x); `id`", "!time"],
                              [" I know !time and !load.", r"^ClawChat Server: The load is [\d. ]+$", "", r"^ClawChat Server: It is \d\d:\d\d\.$"])
                bot.process.terminate()
                bot.wait()
                wait_until(lambda: server.status()["operators"] == 0, "all of the bot to end")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(bot.process.pid, signal.SIGKILL)


def programs_attach_with_json():
    """attach --json: requests in, replies and events out, and the end of input ends it when all is answered."""
    with Server() as server:
        anna = server.client("anna")
        program = Process([SERVER, "--control-socket", str(server.control), "attach", "--json"])
        program.type('{"command":"members","id":1}')
        program.type("nonsense")
        program.type('{"command":"send","text":"hello\\u0007","id":2}')
        anna.wait_for_line("ClawChat Server: hello\\x07")
        anna.type("hi\u009b")
        wait_until(lambda: len(program.out.lines) == 4, lambda: f"four lines: {program.out.lines}")
        members, nonsense, sent, message = (json.loads(line) for line in program.out.lines)
        assert members["id"] == 1 and members["result"]["members"][0]["name"] == "anna" and members["result"]["members"][0]["present"]
        assert nonsense["code"] == "invalid" and sent == {"ok": True, "id": 2, "result": {}}
        assert message["event"] == "message" and message["sender"] == "anna" and message["text"] == "hi\u009b"
        assert "\u009b" not in program.out.lines[3]
        program.end_of_input()
        assert program.wait() == 0


def tail_tells_what_happens():
    """Pairing, sessions, messages, files, keys, all of them, in order; in JSON and in words; and it takes no part itself."""
    with Server() as server:
        tail = [Process([SERVER, "--control-socket", str(server.control), "tail", *options]) for options in ([], ["--json"])]
        server.clients += tail
        sent = 0

        def are_there():
            nonlocal sent
            sent += 1
            server.command("send", "are you there?")
            return all(process.out.lines for process in tail)

        def lines(process):
            return [line for line in process.out.lines if "are you there?" not in line]

        wait_until(are_there, "the first event")
        assert server.status()["operators"] == 0
        anna = server.client("anna")
        anna.type("hello")
        wait_until(lambda: server.status()["messages"] == sent + 1, "the message")
        server.command("rotate")
        wait_until(lambda: server.json("sessions")["sessions"][0]["key_epoch"] == 1, "new keys")
        anna.end_of_input()
        anna.wait()
        wait_until(lambda: "session-ended" in tail[1].out.text(), lambda: f"the end of the session in {tail[1].out.lines}")
        server.command("revoke", "1")
        wait_until(lambda: "revoked" in tail[1].out.text(), "the end of the pairing")
        events = [json.loads(line) for line in lines(tail[1])]
        assert all(event["time"] > 10**15 for event in events), events
        kinds = [event["event"] for event in events]
        expected = ["file-used", "joined", "paired", "session-begun", "file-made", "message", "rotated", "left", "session-ended",
                    "revoked"]
        assert kinds == expected, kinds
        begun = next(event for event in events if event["event"] == "session-begun")
        assert begun["member"] == 1 and begun["name"] == "anna" and begun["address"].startswith("127.0.0.1:"), begun
        assert next(event for event in events if event["event"] == "session-ended")["reason"] == "client"
        wait_until(lambda: len(lines(tail[0])) == len(events), "the same in words")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  anna: hello", next(line for line in lines(tail[0]) if "hello" in line))
        server.process.process.terminate()
        assert [process.wait() for process in tail] == [69, 69]


def the_terminal_is_pleasant():
    """Times, colours, names by Tab, the members, commands; what comes does not disturb what is being typed."""
    with Server() as server, attach_on_terminal(server) as terminal:
        terminal.wait_for("Attached as the operator")
        anna = server.client("anna-lena")
        terminal.wait_for("anna-lena joined")
        terminal.type("half a li")
        at = terminal.wait_for("half a li")
        anna.type("\033[2Jhello\u009b1m\a")
        at = terminal.wait_for("hello", at)
        terminal.wait_for("> half a li", at)
        terminal.type("ne\r")
        anna.wait_for_line("ClawChat Server: half a line")
        terminal.type("dear An\t!\r")
        wait_until(lambda: any(re.fullmatch(r"ClawChat Server: dear anna-lena ?!", line) for line in anna.out.lines),
                   lambda: f"the name: {anna.out.lines} {terminal.read()!r}")
        terminal.type("/members\r")
        terminal.wait_for("connected")
        terminal.type("/help\r")
        terminal.wait_for("/quit")
        terminal.type("/nonsense\r")
        terminal.wait_for("no such command")
        terminal.type("//slash\r")
        anna.wait_for_line("ClawChat Server: /slash")
        terminal.type("/quit\r")
        assert terminal.wait() == 0
        line = re.search(rb"[^\n]*hello[^\n]*", terminal.text).group()
        # A dim time and a name in colour; the member's own control characters are text.
        assert re.search(rb"\x1b\[2m\d\d:\d\d\x1b\[0m \x1b\[\d\dmanna-lena\x1b\[0m: \\x1b\[2Jhello\\x9b1m\\x07", line), line


def colours_can_be_had_without():
    """NO_COLOR and a terminal that knows none."""
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        with Server() as server, attach_on_terminal(server, **environment) as terminal:
            terminal.wait_for("Attached as the operator")
            server.client("anna").type("hello")
            terminal.wait_for("anna: hello")
            assert re.search(rb"\d\d:\d\d anna: hello", terminal.text), terminal.text
            terminal.type("\x04")
            assert terminal.wait() == 0


def the_terminal_outlives_the_server():
    """A restart costs a word; the chat goes on, and what is typed meanwhile is not lost silently."""
    with Server() as server, attach_on_terminal(server) as terminal:
        terminal.wait_for("Attached as the operator")
        terminal.wait_for("Nobody is here.")
        server.kill()
        at = terminal.wait_for("The server is gone. Waiting for it.")
        terminal.type("anybody?\r")
        at = terminal.wait_for("Not sent", at)
        server.start()
        at = terminal.wait_for("The server is back.", at)
        server.client("anna").type("here I am")
        terminal.wait_for("here I am", at)
        os.kill(terminal.pid, signal.SIGINT)
        assert terminal.wait() == 0


def others_are_turned_away():
    """Another user gets one line that says why, even where the socket's modes would let him in; root and the user himself get
    answers."""
    if os.geteuid() != 0:
        return "SKIP it takes root to be another user"
    with Server() as server:
        assert stat.S_IMODE(server.control.stat().st_mode) == 0o600
        server.directory.chmod(0o711)
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        # A copy that nobody may run.
        refused = subprocess.run([*as_nobody, sys.executable, "-c", "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])",
                                  str(server.control)], capture_output=True, check=False)
        assert b"PermissionError" in refused.stderr, refused
        server.control.chmod(0o666)
        script = ("import socket, sys, os\ns = socket.socket(socket.AF_UNIX)\nos.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
                  "s.connect(sys.argv[1])\nprint(s.makefile().read(), end='')")
        said = subprocess.run([sys.executable, "-c", script, str(server.control)], capture_output=True, timeout=PATIENCE_S, check=True).stdout
        lines = said.splitlines()
        assert len(lines) == 1 and json.loads(lines[0])["code"] == "denied", said
        wait_until(lambda: "Refused a control client of another user: uid 65534" in server.process.err.text(), "the log to say so")
        server.directory.chmod(0o700)
        assert server.command("status").returncode == 0
    return None


def wrong_requests_are_named():
    """Unknown commands, wrong types, and lines that are too long: an answer each, and the last one ends it."""
    with Server() as server, socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(PATIENCE_S)
        raw.connect(str(server.control))
        lines = raw.makefile("rwb")
        hello = json.loads(lines.readline())
        assert hello == {"protocol": "clawchat-control", "version": 1, "name": "ClawChat Server"}
        for request, code in ((b'{"command":"fly","id":3}', "unknown"), (b'{"command":7}', "invalid"), (b'{"command":"revoke","member":"1"}', "invalid"),
                              (b'{"command":"revoke","member":9}', "not-found"), (b"[]", "invalid"), (b"\xff", "invalid")):
            lines.write(request + b"\n")
            lines.flush()
            reply = json.loads(lines.readline())
            assert not reply["ok"] and reply["code"] == code and reply["message"], (request, reply)
        lines.write(b" " * (256 * 1024 + 2))
        lines.flush()
        assert json.loads(lines.readline())["code"] == "invalid"
        assert lines.readline() == b""


def a_configuration_is_checked():
    """check-config names the file and all faults, for people and for programs, with or without a server."""
    with Server() as server:
        bad = server.directory / "bad.yaml"
        bad.write_text("server:\n  port: 99999\nlogging:\n  level: loud\n")
        words = server.command("--config", str(bad), "check-config")
        assert words.returncode == 78 and b"bad.yaml:2:" in words.stderr and b"bad.yaml:4:" in words.stderr, words
        program = server.command("--config", str(bad), "check-config", "--json")
        document = json.loads(program.stdout)
        assert program.returncode == 78 and not document["ok"] and document["file"] == str(bad) and len(document["faults"]) == 2, document
        bad.write_text("")
        document = json.loads(server.command("--config", str(bad), "check-config", "--json").stdout)
        assert document == {"ok": True, "file": str(bad), "faults": []}, document


def every_command_speaks_json():
    """One document each, and errors on standard error with their exit code."""
    with Server() as server:
        server.client("anna")
        for words in (["status"], ["sessions"], ["members"], ["new-file"], ["rotate"], ["send", "x"], ["disconnect", "1"], ["revoke", "1"],
                      ["compromised"]):
            result = server.command(*words, "--json")
            assert result.returncode == 0 and result.stdout.count(b"\n") == 1, (words, result)
            json.loads(result.stdout)
        result = server.command("revoke", "7", "--json")
        assert (result.returncode, result.stdout) == (65, b"") and b"no member 7" in result.stderr, result


def exit_codes_are_those_of_the_manual():
    """What one can do something about is told from what should not happen."""
    with Server() as server:
        there = server.directory / "there.sec"
        there.write_text("mine")
        for words, code in ((["send", ""], 65), (["send", "x" * 70000], 65), (["new-file", "--output", str(there)], 73),
                            (["new-file", "--output", str(server.directory)], 73), (["new-file", "--output", "/nonexistent/x.sec"], 73),
                            (["withdraw", ""], 64), (["withdraw", "nobody"], 65)):
            result = server.command(*words)
            assert (result.returncode, result.stdout) == (code, b"") and result.stderr, (words[0], result)
        assert there.read_text() == "mine"
        for _ in range(64):
            result = server.command("new-file")
            if result.returncode != 0:
                break
        assert result.returncode == 75 and b"unused .sec files are out already" in result.stderr, result


sys.exit(run_tap([
    the_python_bot_answers,
    the_shell_bot_answers,
    programs_attach_with_json,
    tail_tells_what_happens,
    the_terminal_is_pleasant,
    colours_can_be_had_without,
    the_terminal_outlives_the_server,
    others_are_turned_away,
    wrong_requests_are_named,
    a_configuration_is_checked,
    every_command_speaks_json,
    exit_codes_are_those_of_the_manual,
]))
