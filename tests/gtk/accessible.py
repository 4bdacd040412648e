"""What a program shows to screen readers, by the D-Bus interfaces of AT-SPI.

libatspi speaks them too, but it keeps what it was told in memory of its own, and now and then ends a test by SIGSEGV when a
program or a widget has gone. Here nothing is kept: each question goes over the bus, and fails as a question of D-Bus does.

The numbers are those of <https://docs.gtk.org/atspi2/enum.Role.html> and <https://docs.gtk.org/atspi2/enum.StateType.html>.
"""

import enum
import functools

from gi.repository import Gio, GLib

PREFIX = "org.a11y.atspi."
ROOT = "/org/a11y/atspi/accessible/root"
# For a bus name or a path of nobody, as D-Bus wants it.
NOBODY = "/org/a11y/atspi/null"
TIMEOUT_MS = 20_000
# Of AtspiRelationType.
LABELLED_BY = 2


class Role(enum.IntEnum):
    ALERT = 2
    CHECK_BOX = 7
    CHECK_MENU_ITEM = 8
    DIALOG = 16
    LABEL = 29
    LIST = 31
    LIST_ITEM = 32
    MENU_ITEM = 35
    PUSH_BUTTON = 43
    RADIO_MENU_ITEM = 45
    TEXT = 61
    TOGGLE_BUTTON = 62
    APPLICATION = 75


class State(enum.IntEnum):
    CHECKED = 4
    EDITABLE = 7
    FOCUSED = 12
    MULTI_LINE = 17
    SENSITIVE = 24
    VISIBLE = 30


@functools.cache
def accessibility_bus():
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    reply = session.call_sync(
        "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, GLib.VariantType("(s)"),
        Gio.DBusCallFlags.NONE, TIMEOUT_MS,
    )
    flags = Gio.DBusConnectionFlags
    return Gio.DBusConnection.new_for_address_sync(
        reply.unpack()[0], flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION
    )


def if_gone(answer):
    """What a question answers when there is no such thing any more, which is how windows are."""
    def decorate(question):
        @functools.wraps(question)
        def ask(self, *arguments):
            try:
                return question(self, *arguments)
            except GLib.Error:
                return answer
        return ask
    return decorate


class Accessible:
    """A widget, a program (the root of its widgets), or the desktop (whose children are the programs).

    Who wants it to do something gets GLib.Error when there is no such thing any more."""

    def __init__(self, owner, path):
        self.owner = owner
        self.path = path

    def _call(self, interface, method, arguments=None):
        reply = accessibility_bus().call_sync(
            self.owner, self.path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, TIMEOUT_MS
        )
        return reply.unpack()[0] if reply.n_children() else None

    def _property(self, interface, name):
        return self._call("org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", (PREFIX + interface, name)))

    def _accessible(self, method):
        return self._call(PREFIX + "Accessible", method)

    @if_gone(())
    def children(self):
        return [Accessible(owner, path) for owner, path in self._accessible("GetChildren") if path != NOBODY]

    @if_gone(None)
    def role(self):
        return self._accessible("GetRole")

    @if_gone("nothing")
    def role_name(self):
        return self._accessible("GetRoleName")

    @if_gone("")
    def name(self):
        """Its own, or that of its label: newer GTK gives the items of its menus none of their own."""
        return self._property("Accessible", "Name") or " ".join(label.text_or_name() for label in self._labels())

    def _labels(self):
        found = [target for kind, targets in self._accessible("GetRelationSet") if kind == LABELLED_BY for target in targets]
        return [Accessible(owner, path) for owner, path in found]

    @if_gone(False)
    def is_visible(self):
        return self.role() == Role.APPLICATION or self.has(State.VISIBLE)

    @if_gone(False)
    def can_be_read(self):
        """Whether it has a text beside its name."""
        return PREFIX + "Text" in self._accessible("GetInterfaces")

    @if_gone(None)
    def process(self):
        """Returns: the number of the process that has it."""
        bus = "org.freedesktop.DBus"
        return Accessible(bus, ROOT)._call(bus, "GetConnectionUnixProcessID", GLib.Variant("(s)", (self.owner,)))

    @if_gone("")
    def text(self):
        return self._call(PREFIX + "Text", "GetText", GLib.Variant("(ii)", (0, -1)))

    def text_or_name(self):
        """The text where there is some, otherwise the name."""
        return (self.text() if self.can_be_read() else "") or self.name()

    @if_gone(False)
    def has(self, *states):
        bits = self._accessible("GetState")
        return all(bits[state // 32] >> state % 32 & 1 for state in states)

    def set_text(self, text):
        assert self._call(PREFIX + "EditableText", "SetTextContents", GLib.Variant("(s)", (text,))), text

    def activate(self):
        """What a click would do."""
        assert self._call(PREFIX + "Action", "DoAction", GLib.Variant("(i)", (0,))), self.name()

    def extents(self):
        """Returns: x, y, width and height in its window."""
        return self._call(PREFIX + "Component", "GetExtents", GLib.Variant("(u)", (1,)))


def programs():
    return Accessible(PREFIX + "Registry", ROOT).children()
