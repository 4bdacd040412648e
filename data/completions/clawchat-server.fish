# fish completion for clawchat-server

set -l commands status new-file files withdraw members sessions disconnect revoke rotate safety-number compromised attach send metrics tail check-config backup restore

function __clawchat_server_members
    clawchat-server members 2>/dev/null | awk 'NR > 1 { id = $1; $1 = ""; print id "\t" $0 }'
end

function __clawchat_server_files
    clawchat-server files 2>/dev/null | awk 'NR > 1 { id = $1; $1 = ""; print id "\t" $0 }'
end

complete -c clawchat-server -f
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a status -d 'Show where it listens and who is there'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a new-file -d 'Make one more .sec file'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a files -d 'List the .sec files that nobody has used'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a withdraw -d 'Delete an unused .sec file'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a members -d 'List all paired clients'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a sessions -d 'List the connected ones'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a disconnect -d 'End a session'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a revoke -d 'Forget a paired client'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a safety-number -d 'Print what the operator and a member compare'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a rotate -d 'Change the keys of one session or of all'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a compromised -d 'Erase the keys of one pairing or of all'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a attach -d 'Chat as the operator'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a send -d 'Send one message as the operator'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a metrics -d 'Print figures for Prometheus'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a tail -d 'Print what happens as it happens'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a check-config -d 'Tell all faults of the configuration'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a backup -d 'Write all keys and pairings into a sealed file'
complete -c clawchat-server -n "not __fish_seen_subcommand_from $commands" -a restore -d 'Put back what is in a backup'
complete -c clawchat-server -n "__fish_seen_subcommand_from disconnect revoke rotate safety-number compromised" -a '(__clawchat_server_members)'
complete -c clawchat-server -n "__fish_seen_subcommand_from withdraw" -a '(__clawchat_server_files)'
complete -c clawchat-server -n "__fish_seen_subcommand_from backup restore" -F

complete -c clawchat-server -l headless -d 'Run without a display'
complete -c clawchat-server -l config -r -F -d 'Read this configuration'
complete -c clawchat-server -l check-config -d 'Tell all faults of the configuration and exit'
complete -c clawchat-server -l bootstrap-key-file -r -F -d 'Seal .sec files with the key in this file'
complete -c clawchat-server -l ip -x -d 'Listen on this address'
complete -c clawchat-server -l port -x -d 'Listen on this UDP port'
complete -c clawchat-server -l public-ip -x -d 'Tell clients to knock at this address'
complete -c clawchat-server -l security-dir -x -a '(__fish_complete_directories)' -d 'Write .sec files here'
complete -c clawchat-server -l state-dir -x -a '(__fish_complete_directories)' -d 'Keep keys and pairings here'
complete -c clawchat-server -l control-socket -r -F -d 'Where commands reach the server'
complete -c clawchat-server -l json -d 'Print the result of a command as JSON'
complete -c clawchat-server -l for -x -d 'new-file: make it for this person'
complete -c clawchat-server -l valid -x -d 'new-file: let it be good for so many minutes'
complete -c clawchat-server -l output -r -F -d 'new-file: write it here'
complete -c clawchat-server -l qr -d 'new-file: show it as a QR code'
complete -c clawchat-server -l force -d 'Replace what is there'
complete -c clawchat-server -l passphrase-file -r -F -d 'backup, restore: read the passphrase from this file'
complete -c clawchat-server -l version -d 'Print the version and exit'
complete -c clawchat-server -s h -l help -d 'Print a summary and exit'
