#!/usr/bin/env python3
"""The manual pages and shell completions say what the programs do: no option, command, setting or member of the control
protocol is missing, and none is there that does not exist. And they are spelled as English is."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ["G_TEST_SRCDIR"]).parent
PROGRAMS = {"clawchat-server": os.environ["CLAWCHAT_SERVER"], "clawchat": os.environ["CLAWCHAT_CLIENT"]}
PAGES = {path.name[:-4]: path for path in sorted((SOURCE / "data/man").glob("*.scd"))}
COMPLETIONS = SOURCE / "data/completions"
WORDS = pathlib.Path(__file__).with_name("words")


def page(name):
    return PAGES[name].read_text(encoding="utf-8")


def section(text, title):
    """What stands below the heading `title`."""
    return re.search(rf"^# {title}\n(.*?)(?=^# |\Z)", text, re.M | re.S).group(1)


def terms(text, pattern):
    """What the headings of a list of definitions name, as far as it matches."""
    return {term for line in text.splitlines() if line.startswith("*") for term in re.findall(pattern, line)}


def code(path):
    return (SOURCE / path).read_text(encoding="utf-8")


def help_of(program):
    result = subprocess.run([PROGRAMS[program], "--help"], capture_output=True, text=True, timeout=30, check=True)
    return result.stdout


def options_of(program):
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", help_of(program), re.M))


def keys_of(path):
    return {f"{section}.{key}" for section, key in re.findall(r'KEY \("(\w+)",\s*"(\w+)"', code(path))}


def defaults_of(path):
    """The settings of a shipped configuration, as text."""
    found, inside = {}, None
    for line in code(path).splitlines():
        if match := re.fullmatch(r"(\w+):", line):
            inside = match.group(1)
        elif match := re.fullmatch(r"  (\w+): (.*)", line):
            found[f"{inside}.{match.group(1)}"] = match.group(2).strip('"')
    return found


def prose(text):
    """A page without what is no English: examples, names of files and of settings."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    text = re.sub(r"\*[^*\n]*\*|(?<!\w)_[^_\n]+(?:_\w+)*_(?!\w)", " ", text)
    text = re.sub(r"\$?[\w.~-]*/[\w./*-]+|\w+(?:[._]\w+)+|\b[A-Z0-9_]{2,}\b", " ", text)
    return re.sub(r"[^A-Za-z'\n]+", " ", text)


class Options(unittest.TestCase):
    """--help, the pages and the completions of three shells name the same options."""

    def test_pages(self):
        for program in PROGRAMS:
            with self.subTest(program):
                documented = terms(section(page(f"{program}.1"), "OPTIONS"), r"\*(--[a-z-]+)\*")
                self.assertEqual(documented, options_of(program))

    def test_completions(self):
        for program in PROGRAMS:
            for shell, pattern in (("bash", r"(?<![\w-])(--[a-z-]+)"), ("zsh", r"(--[a-z-]+)[\[}]"),
                                   ("fish", r"(?m)^complete .* -l ([a-z-]+)")):
                with self.subTest(program, shell=shell):
                    text = (COMPLETIONS / f"{program}.{shell}").read_text(encoding="utf-8")
                    found = {"--" + option.removeprefix("--") for option in re.findall(pattern, text)}
                    self.assertEqual(found - {"--"}, options_of(program))


class Commands(unittest.TestCase):
    """The commands of the server: of its command line, of its control socket, in the pages and in the completions."""

    def setUp(self):
        self.commands = set()
        for path in ("src/server/claw-control-client.c", "src/server/claw-backup-command.c"):
            table = re.search(r"\} commands\[\] = \{(.*?)\n\};", code(path), re.S).group(1)
            self.commands |= set(re.findall(r'\{ "([a-z-]+)"', table))
        self.assertGreater(len(self.commands), 5)

    def test_help(self):
        for command in self.commands:
            self.assertRegex(help_of("clawchat-server"), rf"\n  {command}\b")

    def test_server_page(self):
        self.assertEqual(terms(section(page("clawchat-server.1"), "COMMANDS"), r"^\*([a-z-]+)\*"), self.commands)

    def test_control_page(self):
        table = re.search(r"\} commands\[\] = \{(.*?)\n\};", code("src/server/claw-control-request.c"), re.S).group(1)
        requests = set(re.findall(r'\{ "([a-z-]+)"', table))
        # That one asks no server.
        self.assertEqual(self.commands - {"check-config", "backup", "restore"}, requests)
        self.assertEqual(terms(section(page("clawchat-control.7"), "COMMANDS"), r"^\*([a-z-]+)\*"), requests)

    def test_completions(self):
        for shell in ("bash", "zsh", "fish"):
            text = (COMPLETIONS / f"clawchat-server.{shell}").read_text(encoding="utf-8")
            for command in self.commands:
                with self.subTest(command, shell=shell):
                    self.assertTrue(re.search(rf"(?<![\w-]){command}(?![\w-])", text))

    def test_attach_commands(self):
        commands = set(re.findall(r'"(/[a-z]+) ', code("src/server/claw-control-chat.c")))
        self.assertGreater(len(commands), 3)
        text = section(page("clawchat-server.1"), "COMMANDS")
        self.assertEqual(set(re.findall(r"\*(/[a-z]+)\*", text)), commands)

    def test_terminal_commands(self):
        commands = set(re.findall(r'^\s+"(/[a-z]+) ', code("src/client/claw-terminal.c"), re.M))
        self.assertGreater(len(commands), 3)
        self.assertEqual(terms(section(page("clawchat.1"), "THE TERMINAL CLIENT"), r"^\*(/[a-z]+)\*"), commands)


class Settings(unittest.TestCase):
    """The tables of settings and the pages name the same keys, and the shipped files' defaults."""

    def compare(self, text, source, shipped):
        entries = dict(re.findall(r"^\*([a-z]+\.\w+)\* \((.*?)\)(?: \*\(reload\)\*)?$", text, re.M))
        self.assertEqual(set(entries), keys_of(source))
        for key, value in defaults_of(shipped).items():
            default = re.search(r"default: (.*)$", entries[key]).group(1).strip("_")
            self.assertEqual(default, {"[]": "none"}.get(value, value), key)

    def test_server(self):
        self.compare(page("clawchat-server.yaml.5"), "src/common/claw-server-config.c", "config/server.yaml")

    def test_client(self):
        self.compare(section(page("clawchat.1"), "SETTINGS"), "src/common/claw-client-config.c", "config/client.yaml")

    def test_reload(self):
        """What is marked as changeable at run time is what the code changes."""
        table = re.search(r"changeable\[\] = \{(.*?)\};", code("src/server/claw-server-reload.c"), re.S).group(1)
        changeable = set(re.findall(r'"([a-z._]+)"', table)) | {"server.public_ip"}
        marked = set(re.findall(r"^\*([a-z]+\.\w+)\*.*\*\(reload\)\*$", page("clawchat-server.yaml.5"), re.M))
        self.assertEqual(marked, changeable)


class Fields(unittest.TestCase):
    """What the server writes for programs to read is in the pages."""

    def test_control(self):
        source = "".join(code(f"src/server/claw-server-{part}.c") for part in ("commands", "files", "reach"))
        members = set(re.findall(r'(?:add_\w+|set_member_name) \((?:server, )?builder, "(\w+)"', source))
        self.assertGreater(len(members), 25)
        for member in members:
            with self.subTest(member):
                self.assertTrue(re.search(rf'\*{member}\*|"{member}"', page("clawchat-control.7")))

    def test_events(self):
        source = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "src/server").glob("claw-server-*.c"))
        events = set(re.findall(r'new_(?:member_)?event \("([a-z-]+)"', source))
        self.assertGreater(len(events), 12)
        documented = set(re.findall(r'^\{"event":"([a-z-]+)"', page("clawchat-control.7"), re.M))
        self.assertEqual(documented, events)
        members = set(re.findall(r'set_\w+_member \((?:event), "(\w+)"', source))
        self.assertGreater(len(members), 10)
        for member in members:
            with self.subTest(member):
                self.assertIn(f'"{member}":', page("clawchat-control.7"))
        table = re.search(r"words\[\] = \{(.*?)\};", code("src/server/claw-server-events.c"), re.S).group(1)
        for word in set(re.findall(r'"([a-z-]+)"', table)) | set(re.findall(r'events_limit \(.*?, "([a-z-]+)"', source)):
            self.assertIn(f"_{word}_", page("clawchat-control.7"))

    def test_log(self):
        """Every event of the log, and every field."""
        text = section(page("clawchat-server.1"), "LOG")
        events = re.findall(r'\] = \{\s*"([a-z-]+)"', code("src/common/claw-events.c"))
        self.assertGreater(len(events), 30)
        self.assertEqual(set(re.findall(r"\*([a-z]+(?:-[a-z]+)*)\*", text.split("The events are")[1])), set(events))
        fields = re.findall(r'add(?:_number)? \(entry, "([A-Z_]+)"', code("src/common/claw-events.c"))
        self.assertGreater(len(fields), 5)
        for field in fields:
            self.assertIn(f"*{field}*", text)

    def test_reach(self):
        table = re.search(r"\} kinds\[\] = \{(.*?)\};", code("src/server/claw-reach.c"), re.S).group(1)
        words = re.findall(r'"([a-z-]+)"', table)
        self.assertGreater(len(words), 5)
        for word in words:
            self.assertIn(f"_{word}_", page("clawchat-control.7"))

    def test_error_codes(self):
        table = re.search(r"codes\[\] = \{(.*?)\};", code("src/server/claw-control-request.c"), re.S).group(1)
        # The last one is of the client itself: no server says it.
        for name in set(re.findall(r'"([a-z-]+)"', table)) - {"unavailable"}:
            self.assertIn(f"*{name}*\n", page("clawchat-control.7"))

    def test_sec(self):
        for path, title in (("src/security/claw-sec-envelope.c", "ENVELOPE"), ("src/security/claw-sec-file.c", "CONTENTS")):
            written = set(re.findall(r'set_\w+_member \(object, "(\w+)"', code(path)))
            self.assertEqual(terms(section(page("clawchat-sec.5"), title), r"\*([a-z_]+)\*"), written)


class Language(unittest.TestCase):
    """The pages can be formatted without a complaint, and have no word that no dictionary knows."""

    def test_format(self):
        for program in ("scdoc", "man"):
            if shutil.which(program) is None:
                self.skipTest(f"{program} is not installed")
        for name, path in PAGES.items():
            with self.subTest(name):
                roff = subprocess.run(["scdoc"], input=path.read_bytes(), capture_output=True, check=True).stdout
                result = subprocess.run(["man", "--warnings", "-Tutf8", "-l", "-"], input=roff, capture_output=True,
                                        env={**os.environ, "MANWIDTH": "100"}, check=True)
                self.assertEqual(result.stderr, b"")

    def test_spelling(self):
        if shutil.which("aspell") is None:
            self.skipTest("aspell is not installed")
        known = {word.lower() for word in WORDS.read_text(encoding="utf-8").split()}
        used = set()
        for name in PAGES:
            text = prose(page(name))
            used |= {word.lower() for word in text.split()}
            result = subprocess.run(["aspell", "list", "--lang=en", "--encoding=utf-8"], input=text, capture_output=True,
                                    text=True, check=True)
            wrong = {word for word in result.stdout.split() if word.lower() not in known}
            with self.subTest(name):
                self.assertEqual(wrong, set())
        self.assertEqual(known - used, set(), "words that no page needs any more")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose"])
