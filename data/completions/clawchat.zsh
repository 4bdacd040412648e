#compdef clawchat

_arguments \
  '--file[connect with this .sec file]:file:_files -g "*.sec"' \
  '--bootstrap-key-file[the key that opens .sec files]:file:_files' \
  '--name[the name to be shown to others]:name:' \
  '--config[settings]:file:_files' \
  '--no-gui[chat in the terminal]' \
  '--headless[run the server]' \
  '--check-config[tell all faults of the settings and end]' \
  '--nat-check[tell what kind of NAT this machine is behind]' \
  '*--stun-server[with --nat-check\: ask this one instead]:host and port:_hosts' \
  '--lifetime[with --nat-check\: measure for how long the NAT remembers]' \
  '--version[tell the version and end]' \
  '(-h --help)'{-h,--help}'[print a summary and end]' \
  '1:file:_files -g "*.sec"'
