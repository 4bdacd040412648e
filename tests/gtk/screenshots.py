#!/usr/bin/env python3
"""Makes a picture of every page in every variant; scripts/screenshots calls it. A page is a function below: add one for a new page."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from window_driver import SCREENSHOTS, Window, active_window, press, settle, walk  # first: it knows the ways to the others
from accessible import Role, State
from clawchat_processes import Server, wait_until

WIDE = (1000, 700)
NARROW = (360, 700)


def arabic():
    """The environment for text from right to left: GTK takes the direction from its own translation, and uses that only where the
    program has one as well; an empty one does. None without the locale."""
    directory = pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "locales"
    directory.mkdir(exist_ok=True)
    if shutil.which("localedef"):
        subprocess.run(
            ["localedef", "-i", "ar_EG", "-f", "UTF-8", str(directory / "ar_EG.UTF-8")], check=False, capture_output=True
        )
    if not (directory / "ar_EG.UTF-8").exists():
        return None
    environment = {"LOCPATH": str(directory), "LC_ALL": "ar_EG.UTF-8", "LANGUAGE": "ar"}
    if not list(pathlib.Path(os.environ["CLAWCHAT_LOCALE_DIR"]).glob("ar/LC_MESSAGES/clawchat.mo")):
        messages = directory / "messages" / "ar" / "LC_MESSAGES"
        messages.mkdir(parents=True, exist_ok=True)
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        subprocess.run(
            ["msgfmt", "-o", str(messages / "clawchat.mo"), "-"], check=True, input=header.encode()
        )
        environment["CLAWCHAT_LOCALE_DIR"] = str(directory / "messages")
    return environment


# Size of the window, resolution of text, environment of the program.
VARIANTS = {
    "light": (WIDE, 96, {}),
    "dark": (WIDE, 96, {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}),
    "narrow": (NARROW, 96, {}),
    "dark-narrow": (NARROW, 96, {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}),
    "rtl": (WIDE, 96, None),
    "high-contrast": (WIDE, 96, {"ADW_DEBUG_HIGH_CONTRAST": "1"}),
    "large-text": (WIDE, 192, {}),
    "large-text-narrow": (NARROW, 192, {}),
}


class Variant:
    def __init__(self, name):
        self.name = name
        self.size, resolution, environment = VARIANTS[name]
        self.environment = arabic() if environment is None else dict(environment)
        # The X server's resources are where GTK looks for it.
        subprocess.run(
            ["xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", f"Xft.dpi:\t{resolution}\n"],
            check=True,
        )

    @contextlib.contextmanager
    def window(self, home, *options):
        window = Window(home, *options, **self.environment)
        try:
            yield window
        finally:
            window.close()

    def resize(self):
        subprocess.run(
            ["xdotool", "getactivewindow", "windowsize", "--sync", *map(str, self.size)], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20,
        )
        settle()

    def take(self, page, window_id):
        """What is where the window is, with the dialogs above it."""
        done = subprocess.run(
            ["xdotool", "getwindowgeometry", "--shell", window_id], check=True, capture_output=True, text=True
        )
        place = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        path = SCREENSHOTS / f"{page}-{self.name}.png"
        subprocess.run(
            ["import", "-window", "root", "-crop", f"{place['WIDTH']}x{place['HEIGHT']}+{place['X']}+{place['Y']}",
             "+repage", str(path)],
            check=True,
        )
        print(path.name, flush=True)

    def take_dialog(self, page, window_id):
        """A dialog above the window; on a narrow screen it is a window of its own, as wide as the screen."""
        settle()
        time.sleep(0.5)
        dialog = active_window()
        if dialog != window_id and self.size == NARROW:
            self.resize()
            window_id = dialog
        self.take(page, window_id)


def ready(window, variant, *, look):
    """Waits for the page, whose words depend on the language: `look` says that it is there."""
    wait_until(lambda: window._alive() and look(window), "the page", 30)
    settle()
    variant.resize()
    return active_window()


def any_button(window):
    return window.find_role(Role.PUSH_BUTTON)


def close_dialog():
    press("Escape")
    settle()


def welcome(variant, work):
    """Without chats; and what opens from there."""
    with variant.window(work / "home") as window:
        main = ready(window, variant, look=any_button)
        variant.take("welcome", main)
        press("F10")
        settle()
        variant.take("menu", main)
        close_dialog()
        press("ctrl+comma")
        variant.take_dialog("preferences", main)
        close_dialog()
        press("ctrl+question")
        variant.take_dialog("shortcuts", main)


def failure(variant, work):
    """A file that is none of ours."""
    (work / "notes.sec").write_text("milk, bread\n")
    with variant.window(work / "home", work / "notes.sec") as window:
        main = ready(window, variant, look=any_button)
        variant.take("failure", main)


def open_chat(variant, server):
    return variant.window(
        server.directory / "home", "--file", server.fresh_sec("given"), "--bootstrap-key-file",
        server.security / "bootstrap.key", "--name", "Anna",
    )


def composer(window):
    """Where messages are written, whatever its name is in the language. None if it is not there."""
    return next((node for node in walk(window.root) if node.has(State.EDITABLE, State.MULTI_LINE)), None)


def connecting(variant, work):
    """Nobody answers."""
    with Server() as server:
        sec = server.fresh_sec("lonely")
        server.process.process.terminate()
        server.process.wait()
        key = server.security / "bootstrap.key"
        with variant.window(work / "home", sec, "--bootstrap-key-file", key) as window:
            main = ready(window, variant, look=any_button)
            variant.take("connecting", main)


CONVERSATION = (
    ("Berta", "Good morning! The vault is up since seven."),
    ("Berta", "Did the backup of last night go through?"),
    ("Anna", "It did, 48 GB in eleven minutes."),
    ("Anna", "I have put the report where it always is."),
    ("Operator", "Ports change on the hour, nobody needs to do anything about it."),
    ("Berta", "Saw it. Two disks are getting old, I will bring new ones on Thursday and swap them while everybody is at lunch, if that suits you."),
    ("Anna", "Thursday is fine 👍"),
)


def conversation(variant, work):
    """Three people talk."""
    del work
    with Server(config='server: {name: "Vault"}\n') as server:
        operator = server.attach()
        berta = server.client("Berta")
        with open_chat(variant, server) as window:
            main = ready(window, variant, look=composer)
            variant.take("history-question", main)
            if "LOCPATH" not in variant.environment:
                window.click("Keep Messages")
                settle()
            for sender, text in CONVERSATION:
                if sender == "Anna":
                    composer(window).set_text(text)
                    settle()
                    press("Return")
                else:
                    (berta if sender == "Berta" else operator).type(text)
                window.wait(text[:20])
                settle()
            window.wait("Delivered" if "LOCPATH" not in variant.environment else CONVERSATION[-1][1][:12])
            settle()
            variant.take("conversation", main)
            for key, page in (("F10", "main-menu"),):
                press(key)
                settle()
                variant.take(page, main)
                close_dialog()
            if "LOCPATH" not in variant.environment and variant.size != NARROW:
                window.open_menu("Chat Menu")
                settle()
                press("Return")
                variant.take_dialog("connection", main)
                close_dialog()


@contextlib.contextmanager
def compositor():
    """Without one there is black where windows and menus are translucent."""
    program = shutil.which("xcompmgr")
    process = subprocess.Popen([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) if program else None
    try:
        yield
    finally:
        if process:
            process.terminate()
            process.wait()


PAGES = [welcome, failure, connecting, conversation]


def main(names):
    unknown = [name for name in names if name not in VARIANTS]
    if unknown:
        print(f"screenshots: no such variant: {' '.join(unknown)}; there are {' '.join(VARIANTS)}", file=sys.stderr)
        return 64
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with compositor():
        take_all(names or VARIANTS)
    return 0


def take_all(names):
    for name in names:
        variant = Variant(name)
        if variant.environment is None:
            print(f"screenshots: {name} is left out: its locale cannot be made (Debian: apt-get install locales)", file=sys.stderr)
            continue
        for page in PAGES:
            with tempfile.TemporaryDirectory() as work:
                page(variant, pathlib.Path(work))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
