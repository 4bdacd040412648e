# bash completion for clawchat

_clawchat ()
{
  local current=$2 previous=$3
  local options="--file --bootstrap-key-file --name --config --no-gui --headless --check-config --nat-check
    --stun-server --lifetime --version --help"

  COMPREPLY=()
  case $previous in
    --bootstrap-key-file | --config)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    --name | --stun-server) return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.sec' -- "$current")
}
complete -F _clawchat clawchat
