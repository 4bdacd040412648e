"""Drives the real window through its accessibility tree and the keyboard, as a person would."""

import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from gi.repository import Gio, GLib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "loopback"))
from clawchat_processes import CLIENT, PATIENCE_S, Process, wait_until  # noqa: E402
from accessible import Role, State, programs  # noqa: E402
import leaks  # noqa: E402

# For the window alone: a server may warn.
WINDOW_DEBUG = os.environ.pop("G_DEBUG", "")

SCREENSHOTS = pathlib.Path(os.environ.get("CLAWCHAT_SCREENSHOTS", "screenshots"))


NOTIFICATIONS = "org.freedesktop.Notifications"
INTERFACE = f"""<node><interface name='{NOTIFICATIONS}'>
<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>
<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='a{{sv}}' direction='in'/>
<arg type='i' direction='in'/><arg type='u' direction='out'/></method>
<method name='CloseNotification'><arg type='u' direction='in'/></method>
</interface></node>"""
PATH = "/org/freedesktop/Notifications"


# Newer GTK has roles of their own for questions, and for buttons that stay pressed.
ALIKE = {Role.DIALOG: (Role.DIALOG, Role.ALERT), Role.PUSH_BUTTON: (Role.PUSH_BUTTON, Role.TOGGLE_BUTTON)}


class Desktop:
    """Stands for the shell: collects notifications, and clicks on them. Without one GLib warns of each notification."""

    def __init__(self):
        self.shown = []
        self.closed = []
        self.bus = None
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(PATIENCE_S)

    def _run(self, ready):
        context = GLib.MainContext()
        context.push_thread_default()
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        info = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
        self.bus.register_object(PATH, info.interfaces[0], self._on_call, None, None)
        Gio.bus_own_name_on_connection(self.bus, NOTIFICATIONS, 0, lambda *_: ready.set(), None)
        GLib.MainLoop(context).run()

    def _on_call(self, _bus, _sender, _path, _interface, method, parameters, invocation):
        if method == "CloseNotification":
            self.closed.append(parameters.unpack()[0])
            invocation.return_value(None)
            return
        _, _, _, title, body, actions, _, _ = parameters.unpack()
        # Who sees it here may click on it at once, which the program understands once it knows the number.
        invocation.return_value(GLib.Variant("(u)", (len(self.shown) + 1,)))
        self.shown.append((title, body, actions))

    def click(self, number, action):
        """As a shell does, which lets a notification go that was clicked on."""
        self.bus.emit_signal(None, PATH, NOTIFICATIONS, "ActionInvoked", GLib.Variant("(us)", (number, action)))
        self.closed.append(number)
        self.bus.emit_signal(None, PATH, NOTIFICATIONS, "NotificationClosed", GLib.Variant("(uu)", (number, 2)))


DESKTOP = Desktop()
HAS_MANAGER = shutil.which("openbox") is not None  # as run-on-display has it
# Of each program in a row: one that could not run for a while takes an event of the display and a question by turns.
QUESTIONS = 50
MENU_ROLES = (Role.MENU_ITEM, Role.CHECK_MENU_ITEM, Role.RADIO_MENU_ITEM, Role.PUSH_BUTTON)


def walk(node):
    """All that is visible below node, itself first."""
    if node.is_visible():
        yield node
        for child in node.children():
            yield from walk(child)


def ask_programs():
    """Returns when all programs of the desktop have dealt with what was sent to them before."""
    for program in programs():
        for _ in range(QUESTIONS):
            program.role()


def ask_manager():
    """Returns when the window manager has dealt with what was sent to it before: a change that moves nothing is answered."""
    number = 9 - int(xdotool("get_num_desktops"))  # 4 or 5
    xdotool("set_num_desktops", number)
    wait_until(lambda: int(xdotool("get_num_desktops")) == number, "the window manager")


def catch_up():
    """Returns when the focus is where it belongs after all that has happened: windows that programs show come to the window
    manager, which gives one of them the focus, of which the program then hears."""
    ask_programs()
    if HAS_MANAGER:
        ask_manager()
        ask_programs()


def press(*keys):
    catch_up()
    xdotool("key", "--clearmodifiers", *keys)


def press_until_focused(key, node):
    """Where the focus is at first depends on GTK's version."""
    for _ in range(8):
        if node.has(State.FOCUSED):
            return
        press(key)
        settle()
    raise AssertionError(f"{node.name()} cannot be reached with {key}")


def xdotool(*arguments):
    """Returns: what it prints."""
    return subprocess.run(["xdotool", *map(str, arguments)], check=True, capture_output=True, text=True).stdout.strip()


def type_text(text):
    catch_up()
    xdotool("type", "--clearmodifiers", "--delay", 8, text)


def active_window():
    """Returns: its number. Between two windows there may be none for a moment."""
    def look():
        found = subprocess.run(["xdotool", "getactivewindow"], check=False, capture_output=True, text=True)
        return found.returncode == 0 and found.stdout.strip()

    catch_up()
    return wait_until(look, "a window with the focus")


def extents_at_rest(node):
    """Returns: where it is once it does not move any more."""
    seen = []

    def look():
        seen.append(node.extents())
        time.sleep(0.05)  # some frames
        return len(seen) >= 4 and len(set(seen[-4:])) == 1

    wait_until(look, "the window to be laid out")
    return seen[-1]


def drag(node, window, other):
    """Takes it in its window and lets it fall in the middle of another one, in small steps, as a hand does."""
    x, y, width, height = extents_at_rest(node)
    xdotool("mousemove", "--window", window, x + width // 2, y + height // 2, "mousedown", 1)
    for _ in range(5):
        xdotool("mousemove_relative", "--sync", 10, 0)
        settle()
    xdotool("windowraise", other)
    geometry = dict(line.split("=") for line in xdotool("getwindowgeometry", "--shell", other).splitlines())
    for step in 3, 2, 1, 0:
        xdotool("mousemove", "--window", other, int(geometry["WIDTH"]) // 2 - step * 5, int(geometry["HEIGHT"]) // 2)
        settle()
    xdotool("mouseup", 1)


def screenshot(name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    subprocess.run(["import", "-window", "root", str(SCREENSHOTS / f"{name}.png")], check=True)


def resize(width, height):
    xdotool("windowsize", active_window(), width, height)
    settle()


def narrow():
    """Makes the window as small as a phone."""
    resize(360, 640)


class Window:
    """A clawchat process with a data directory of its own, and its window."""

    def __init__(self, home, *options, unwinds=False, **environment):
        """unwinds: GTK's file dialog leaks many small things, which only slow stacks tell from ours. To be said by each flow
        that opens it, which then cannot count on seeing what is shown for some seconds only."""
        self.unwinds = unwinds
        if unwinds:
            environment["ASAN_OPTIONS"] = "fast_unwind_on_malloc=0:malloc_context_size=16"
        home.mkdir(mode=0o700, exist_ok=True)
        self.environment = {**os.environ, "XDG_DATA_HOME": str(home), "G_DEBUG": WINDOW_DEBUG, **environment}
        self.process = Process([CLIENT, *map(str, options)], env=self.environment)
        self.root = wait_until(self._find_application, "the window")

    def _find_application(self):
        assert self.process.process.poll() is None, self.process.err.text()
        return next((program for program in programs() if program.process() == self.process.process.pid), None)

    def find(self, text, role=None):
        """The first thing on the screen whose name or text has `text` in it."""
        roles = ALIKE.get(role, (role,))
        for node in walk(self.root):
            if (role is None or node.role() in roles) and text in node.text_or_name():
                return node
        return None

    def find_role(self, role):
        return next((node for node in walk(self.root) if node.role() == role), None)

    def _wait(self, condition, what, timeout=PATIENCE_S):
        """As wait_until; tells what there was instead."""
        try:
            return wait_until(lambda: self._alive() and condition(), what, timeout)
        except AssertionError:
            screenshot("failed")
            self.dump()
            raise

    def wait(self, text, role=None, timeout=PATIENCE_S):
        return self._wait(lambda: self.find(text, role), f"{text!r} in the window", timeout)

    def wait_gone(self, text, timeout=PATIENCE_S):
        self._wait(lambda: not self.find(text), f"{text!r} to go", timeout)

    def wait_role(self, role, timeout=PATIENCE_S):
        return wait_until(lambda: self._alive() and self.find_role(role), f"a {role} in the window", timeout)

    def _activate(self, node):
        """Tells why the window ended if it does at that."""
        try:
            node.activate()
        except GLib.Error as error:
            raise AssertionError(f"{error.message}; {self._last_words()}") from error

    def _last_words(self):
        try:
            return f"{self.process.wait(5)}: {self.process.err.text()}"
        except subprocess.TimeoutExpired:
            return f"goes on: {self.process.err.text()}"

    def _alive(self):
        assert self.process.process.poll() is None, f"the window ended: {self.process.err.text()}"
        return True

    def click(self, text):
        """Clicks on a button as soon as it can be clicked on: what was typed just before may be what it waits for."""
        def look():
            button = self.find(text, Role.PUSH_BUTTON)
            return button and button.has(State.SENSITIVE) and button

        button = self._wait(look, f"the button {text!r} to work")
        self._activate(button)

    def open_menu(self, name):
        """Opens the menu of a button, which is a button inside another of the same name."""
        def look():
            for node in walk(self.root):
                if node.name() == name:
                    for button in node.children():
                        if button.role() in ALIKE[Role.PUSH_BUTTON]:
                            return button
            return None

        wait_until(look, f"the menu button {name!r}").activate()

    def item(self, label):
        """An item of the menu that is open, or of one below it."""
        def look():
            return next((n for n in walk(self.root) if n.role() in MENU_ROLES and n.name() == label), None)

        try:
            return wait_until(look, f"{label!r} in the menu")
        except AssertionError:
            self.dump()
            raise

    def choose(self, menu, *labels):
        """Opens a menu and activates an item of it: the last of the labels, below the others."""
        self.open_menu(menu)
        self.choose_items(*labels)

    def choose_items(self, *labels):
        """In the menu that is open, as soon as they can be."""
        settle()
        for label in labels:
            wait_until(lambda label=label: self.item(label).has(State.SENSITIVE), f"{label!r} to work")
            self._activate(self.item(label))
        settle()

    def point_at(self, node, button=1):
        """Clicks in its middle."""
        window = active_window()
        x, y, width, height = extents_at_rest(node)
        xdotool("mousemove", "--window", window, x + width // 2, y + height // 2, "click", button)

    def dump(self):
        for node in walk(self.root):
            print(f"# {node.role_name()}: {node.text_or_name()[:70]!r}", file=sys.stderr)

    def entry(self):
        """Where messages are written."""
        return self.wait_entry("Message")

    def wait_entry(self, name):
        def look():
            for node in walk(self.root):
                if node.name() == name and node.has(State.EDITABLE):
                    return node
            return None

        return wait_until(look, f"the entry {name!r}")

    def wait_delivered(self, text):
        """Until nothing would be asked at the end."""
        self.wait(text)
        wait_until(lambda: self._alive() and not self.find("Queued") and not self.find("Sent"), f"{text!r} to be delivered")

    def quit(self):
        press("ctrl+q")
        self.wait_for_end()

    def wait_for_end(self):
        """Of itself, with nothing leaked where the build looks for that."""
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            screenshot("not-ended")
            self.dump()
            raise
        said = self.process.err.text()
        if code == 1 and self.unwinds:
            assert not leaks.ours(said), leaks.ours(said)
        else:
            assert code == 0, f"{code}: {said}"

    def close(self):
        """After a test, however it ended."""
        self.process.kill()


def open_chat(server, home=None, **environment):
    """A window that opens a fresh file of a server, as anna. home: of its own data; default: "home" beside the server's."""
    return Window(
        home or server.directory / "home", "--file", server.fresh_sec("given"),
        "--bootstrap-key-file", server.security / "bootstrap.key", "--name", "anna", **environment,
    )


def knock_in_vain(server):
    """A window that opens a file of a server which has ended; it gives up after 5 s."""
    sec = server.fresh_sec("lonely")
    server.process.process.terminate()
    server.process.wait()
    config = server.directory / "client.yaml"
    config.write_text("networking: {hole_punch_timeout: 5}\n")
    return Window(
        server.directory / "home", sec, "--bootstrap-key-file", server.security / "bootstrap.key", "--config", config,
    )


def settle():
    """Lets the desktop move the focus to a window that has just come up, and the window draw itself."""
    time.sleep(0.4)
    catch_up()
