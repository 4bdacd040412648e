#!/bin/sh
# A bot for a ClawChat server, on its machine: it tells the time and the load when asked, and greets whoever comes.
#
#   clawchat-bot.sh [SOCKET]
#
# It may run as any member of the group clawchat, and wants jq. "clawchat-server attach --json" speaks the protocol of
# clawchat-control(7) on its standard input and output.
set -eu

directory=$(mktemp -d)
work=
# Without the last of the three nobody answers, and the others end with their input.
stop ()
{
  rm -r "$directory"
  [ -z "$work" ] || kill "$work" 2> /dev/null || true
}
trap stop EXIT
trap 'exit 1' HUP INT TERM
mkfifo "$directory/answers"

say ()
{
  jq --null-input --compact-output --arg text "$1" '{command: "send", text: $text}'
}

# Both ends, so that opening it waits for nobody.
exec 3<> "$directory/answers"
clawchat-server ${1:+--control-socket "$1"} attach --json < "$directory/answers" 3>&- \
  | jq --unbuffered --raw-output 'select(.event) | [.event, .sender // .name, .text // ""] | @tsv' 3>&- \
  | while IFS="$(printf '\t')" read -r event name text; do
    case "$event $text" in
      'joined '*) say "Welcome, $name! I know !time and !load." ;;
      'message !time') say "It is $(date +%H:%M)." ;;
      'message !load') say "The load is $(cut -d' ' -f1-3 /proc/loadavg)." ;;
    esac
  done >&3 &
work=$!
exec 3>&-
wait "$work"
