"""Drives the real window through its accessibility tree and the keyboard, as a person would."""

import os
import pathlib
import subprocess
import sys
import threading
import time

# For the window alone: libatspi warns of programs that it finds half started.
WINDOW_DEBUG = os.environ.pop("G_DEBUG", "")
# Slabs are kept here: without them libatspi now and then falls over what is gone.
SLICE = os.environ.pop("G_SLICE", None)

import gi  # noqa: E402

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

if SLICE is not None:
    os.environ["G_SLICE"] = SLICE

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "loopback"))
from clawchat_processes import CLIENT, Process, wait_until  # noqa: E402
import leaks  # noqa: E402

SCREENSHOTS = pathlib.Path(os.environ.get("CLAWCHAT_SCREENSHOTS", "screenshots"))


NOTIFICATIONS = "org.freedesktop.Notifications"
INTERFACE = f"""<node><interface name='{NOTIFICATIONS}'>
<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>
<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='a{{sv}}' direction='in'/>
<arg type='i' direction='in'/><arg type='u' direction='out'/></method>
<method name='CloseNotification'><arg type='u' direction='in'/></method>
</interface></node>"""
PATH = "/org/freedesktop/Notifications"


class Desktop:
    """Stands for the shell: collects notifications, and clicks on them. Without one GLib warns of each notification."""

    def __init__(self):
        self.shown = []
        self.closed = []
        self.bus = None
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(20)

    def _run(self, ready):
        """In a context of its own: the usual one is libatspi's."""
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
        self.shown.append((title, body, actions))
        invocation.return_value(GLib.Variant("(u)", (len(self.shown),)))

    def click(self, number, action):
        """As a shell does, which lets a notification go that was clicked on."""
        self.bus.emit_signal(None, PATH, NOTIFICATIONS, "ActionInvoked", GLib.Variant("(us)", (number, action)))
        self.closed.append(number)
        self.bus.emit_signal(None, PATH, NOTIFICATIONS, "NotificationClosed", GLib.Variant("(uu)", (number, 2)))


DESKTOP = Desktop()
MENU_ROLES = (Atspi.Role.MENU_ITEM, Atspi.Role.CHECK_MENU_ITEM, Atspi.Role.RADIO_MENU_ITEM, Atspi.Role.PUSH_BUTTON)


def uncached(application):
    """What is asked of it is asked anew: to clear what libatspi remembers falls over what is gone."""
    application.set_cache_mask(Atspi.Cache.NONE)
    return application


def children(node):
    try:
        return [node.get_child_at_index(i) for i in range(node.get_child_count())]
    except GLib.Error:
        return []


def walk(node):
    """All that is visible below node, itself first."""
    try:
        states = node.get_state_set()
        role = node.get_role()
    except GLib.Error:
        return
    if role != Atspi.Role.APPLICATION and not states.contains(Atspi.StateType.VISIBLE):
        return
    yield node
    for child in children(node):
        if child is not None:
            yield from walk(child)


def text_of(node):
    """The name, and the text where there is some."""
    try:
        text = Atspi.Text.get_text(node, 0, -1) if node.get_text_iface() else ""
        return text or node.get_name() or ""
    except GLib.Error:
        return ""


def press(*keys):
    subprocess.run(["xdotool", "key", "--clearmodifiers", *keys], check=True)


def type_text(text):
    subprocess.run(["xdotool", "type", "--clearmodifiers", "--delay", "8", text], check=True)


def screenshot(name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    subprocess.run(["import", "-window", "root", str(SCREENSHOTS / f"{name}.png")], check=True)


class Window:
    """A clawchat process with a data directory of its own, and its window."""

    def __init__(self, home, *options, unwinds=False, **environment):
        """unwinds: GTK's file dialog leaks many small things, which only slow stacks tell from ours. One flow with the dialog
        has them; what it leaks in the others is not looked at."""
        self.unwinds = unwinds
        if unwinds:
            environment["ASAN_OPTIONS"] = "fast_unwind_on_malloc=0"
        home.mkdir(mode=0o700, exist_ok=True)
        self.had_file_dialog = False
        self.environment = dict(os.environ, XDG_DATA_HOME=str(home), G_DEBUG=WINDOW_DEBUG, **environment)
        self.process = Process([CLIENT, *map(str, options)], env=self.environment)
        self.root = wait_until(self._find_application, "the window", 30)

    def _find_application(self):
        assert self.process.process.poll() is None, self.process.err.text()
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        for application in children(desktop):
            try:
                if application.get_process_id() == self.process.process.pid:
                    return uncached(application)
            except (GLib.Error, AttributeError):
                pass
        return None

    def find(self, text, role=None):
        """The first thing on the screen whose name or text has `text` in it."""
        # Newer libadwaita calls a question by its own role.
        roles = (role, Atspi.Role.ALERT) if role == Atspi.Role.DIALOG else (role,)
        for node in walk(self.root):
            if (role is None or node.get_role() in roles) and text in text_of(node):
                return node
        return None

    def find_role(self, role):
        return next((node for node in walk(self.root) if node.get_role() == role), None)

    def wait(self, text, role=None, timeout=20):
        try:
            return wait_until(lambda: self._alive() and self.find(text, role), f"{text!r} in the window", timeout)
        except AssertionError:
            screenshot("failed")
            self.dump()
            raise

    def wait_gone(self, text, timeout=20):
        try:
            wait_until(lambda: self._alive() and not self.find(text), f"{text!r} to go", timeout)
        except AssertionError:
            screenshot("failed")
            self.dump()
            raise

    def wait_role(self, role, timeout=20):
        return wait_until(lambda: self._alive() and self.find_role(role), f"a {role} in the window", timeout)

    def _alive(self):
        assert self.process.process.poll() is None, f"the window ended: {self.process.err.text()}"
        return True

    def click(self, text):
        node = self.wait(text, Atspi.Role.PUSH_BUTTON)
        assert Atspi.Action.do_action(node, 0), text

    def open_menu(self, name):
        """Opens the menu of a button, which is a button inside another of the same name."""
        def look():
            for node in walk(self.root):
                if node.get_name() == name:
                    for button in children(node):
                        if button and button.get_role() in (Atspi.Role.PUSH_BUTTON, Atspi.Role.TOGGLE_BUTTON):
                            return button
            return None

        assert Atspi.Action.do_action(wait_until(look, f"the menu button {name!r}"), 0)

    def item(self, label):
        """An item of the menu that is open, or of one below it."""
        def look():
            return next((n for n in walk(self.root) if n.get_role() in MENU_ROLES and n.get_name() == label), None)

        try:
            return wait_until(look, f"{label!r} in the menu", 20)
        except AssertionError:
            self.dump()
            raise

    def choose(self, menu, *labels):
        """Opens a menu and activates an item of it: the last of the labels, below the others."""
        self.open_menu(menu)
        self.choose_items(*labels)

    def choose_items(self, *labels):
        """In the menu that is open."""
        settle()
        for label in labels:
            assert Atspi.Action.do_action(self.item(label), 0), label
        settle()

    def point_at(self, node, button=1):
        """Clicks in its middle."""
        place = Atspi.Component.get_extents(node, Atspi.CoordType.WINDOW)
        active = subprocess.run(["xdotool", "getactivewindow"], check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(
            ["xdotool", "mousemove", "--window", active, str(place.x + place.width // 2), str(place.y + place.height // 2),
             "click", str(button)],
            check=True,
        )

    def dump(self):
        for node in walk(self.root):
            print(f"# {node.get_role_name()}: {text_of(node)[:70]!r}", file=sys.stderr)

    def entry(self):
        """Where messages are written."""
        return self.wait_entry("Message")

    def wait_entry(self, name):
        def look():
            for node in walk(self.root):
                if node.get_name() == name and node.get_text_iface():
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
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            screenshot("not-ended")
            self.dump()
            raise
        said = self.process.err.text()
        if code == 1 and self.unwinds:
            assert not leaks.ours(said), leaks.ours(said)
        elif code == 1 and self.had_file_dialog:
            assert leaks.HEADING in said, said
        else:
            assert code == 0, f"{code}: {said}"

    def close(self):
        """After a test, however it ended."""
        self.process.kill()


def settle():
    """Lets the desktop move the focus to a window that has just come up."""
    time.sleep(0.4)
