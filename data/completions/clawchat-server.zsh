#compdef clawchat-server

_clawchat_server_members ()
{
  local -a members
  members=(${(f)"$(clawchat-server members 2> /dev/null | awk 'NR > 1 { id = $1; $1 = ""; print id ":" $0 }')"})
  _describe member members
}

_clawchat_server_files ()
{
  local -a files
  files=(${(f)"$(clawchat-server files 2> /dev/null | awk 'NR > 1 { id = $1; $1 = ""; print id ":" $0 }')"})
  _describe file files
}

local -a commands
commands=(
  'status:show where it listens, its .sec file, and who is there'
  'new-file:make one more .sec file and print its path'
  'files:list the .sec files that nobody has used'
  'withdraw:delete an unused .sec file'
  'members:list all paired clients'
  'sessions:list the connected ones'
  'disconnect:end a session; the client may come back'
  'revoke:forget a paired client'
  'safety-number:print what the operator and a member compare'
  'rotate:change the keys of one session or of all'
  'compromised:erase the keys of one pairing or of all'
  'attach:chat as the operator'
  'send:send one message as the operator'
  'metrics:print figures for Prometheus'
  'tail:print what happens as it happens'
  'check-config:tell all faults of the configuration'
  'backup:write all keys and pairings into a sealed file'
  'restore:put back what is in a backup'
)

local state line
_arguments \
  '--headless[run without a display]' \
  '--config[read this configuration]:file:_files' \
  '--check-config[tell all faults of the configuration and exit]' \
  '--bootstrap-key-file[seal .sec files with the key in this file]:file:_files' \
  '--ip[listen on this address]:address:' \
  '--port[listen on this UDP port]:port:' \
  '--public-ip[tell clients to knock at this address]:address:' \
  '--security-dir[write .sec files here]:directory:_files -/' \
  '--state-dir[keep keys and pairings here]:directory:_files -/' \
  '--control-socket[where commands reach the server]:socket:_files' \
  '--json[print the result of a command as JSON]' \
  '--for[new-file\: make it for this person]:name:' \
  '--valid[new-file\: let it be good for so long]:minutes:' \
  '--output[new-file\: write it here]:file:_files' \
  '--qr[new-file\: show it as a QR code]' \
  '--force[replace what is there]' \
  '--passphrase-file[backup, restore\: read the passphrase from this file]:file:_files' \
  '--version[print the version and exit]' \
  '(-h --help)'{-h,--help}'[print a summary and exit]' \
  '1:command:->command' \
  '*::argument:->argument'

case $state in
  command) _describe command commands ;;
  argument) case $line[1] in disconnect | revoke | rotate | safety-number | compromised) _clawchat_server_members ;;
    withdraw) _clawchat_server_files ;;
    backup | restore) _files ;;
  esac ;;
esac
