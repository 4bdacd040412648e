# bash completion for clawchat-server

_clawchat_server ()
{
  local current=$2 previous=$3 word
  local commands="status new-file files withdraw members sessions disconnect revoke rotate safety-number compromised attach send metrics tail"
  commands="$commands check-config backup restore"
  local options="--headless --config --check-config --bootstrap-key-file --ip --port --public-ip
    --security-dir --state-dir --control-socket --json --for --valid --output --qr --force
    --passphrase-file --version --help"

  COMPREPLY=()
  case $previous in
    --config | --bootstrap-key-file | --control-socket | --output | --passphrase-file | backup | restore)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    --security-dir | --state-dir)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return ;;
    --ip | --port | --public-ip | --for | --valid) return ;;
    withdraw)
      # The files that nobody has used.
      mapfile -t COMPREPLY < <(compgen -W "$("$1" files 2> /dev/null | awk 'NR > 1 { print $1 }')" -- "$current")
      return ;;
    disconnect | revoke | rotate | safety-number | compromised)
      # The IDs that the running server knows, as far as this user may ask it.
      mapfile -t COMPREPLY < <(compgen -W "$("$1" members 2> /dev/null | awk 'NR > 1 { print $1 }')" -- "$current")
      return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ " $commands " == *" $word "* ]] && return
  done
  mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
}
complete -F _clawchat_server clawchat-server
