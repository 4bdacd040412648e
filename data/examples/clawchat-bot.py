#!/usr/bin/env python3
"""A bot for a ClawChat server, on its machine: it greets whoever comes, tells the time when asked, and repeats what it is told.

    clawchat-bot.py [SOCKET]

It may run as any member of the group clawchat. The protocol is that of clawchat-control(7): JSON, one object a line."""

import json
import socket
import sys
import time


def answer(event):
    if event["event"] == "joined":
        return f"Welcome, {event['name']}! I know !time and !echo TEXT."
    text = event.get("text", "") if event["event"] == "message" else ""
    if text == "!time":
        return time.strftime("It is %H:%M.")
    if text.startswith("!echo "):
        return f"{event['sender']} says: {text[6:]}"
    return None


with socket.socket(socket.AF_UNIX) as server, server.makefile("rw", encoding="utf-8", newline="\n") as lines:
    server.connect(sys.argv[1] if len(sys.argv) > 1 else "/run/clawchat/control.sock")
    if json.loads(lines.readline()).get("version") != 1:
        sys.exit("this server speaks another version of the protocol, or does not let me in")
    print(json.dumps({"command": "attach"}), file=lines, flush=True)
    for line in lines:
        event = json.loads(line)
        text = answer(event) if "event" in event else None
        if text:
            print(json.dumps({"command": "send", "text": text}), file=lines, flush=True)
