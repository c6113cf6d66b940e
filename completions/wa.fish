# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_wa_global_optspecs
    string join \n project= offline q/quiet v/verbose color= h/help V/version
end

function __fish_wa_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_wa_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_wa_using_subcommand
    set -l cmd (__fish_wa_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c wa -n "__fish_wa_needs_command" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_needs_command" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_needs_command" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_needs_command" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_needs_command" -s V -l version -d 'Print version'
complete -c wa -n "__fish_wa_needs_command" -f -a "init" -d 'Make a project: a folder with a wa.yaml'
complete -c wa -n "__fish_wa_needs_command" -f -a "demo" -d 'The whole story on this machine: a plugin is made, checked, signed, installed and run, and a hostile one is stopped'
complete -c wa -n "__fish_wa_needs_command" -f -a "plugins" -d 'Write, check, pack, install and look at plugins'
complete -c wa -n "__fish_wa_needs_command" -f -a "keys" -d 'Make and show signing keys'
complete -c wa -n "__fish_wa_needs_command" -f -a "trust" -d 'Decide whose packages may be installed'
complete -c wa -n "__fish_wa_needs_command" -f -a "registry" -d 'Make and serve a registry of your own'
complete -c wa -n "__fish_wa_needs_command" -f -a "setup" -d 'Prepare what a project needs from outside'
complete -c wa -n "__fish_wa_needs_command" -f -a "audit" -d 'Look at the log of who did what, and prove that nobody changed it'
complete -c wa -n "__fish_wa_needs_command" -f -a "run" -d 'Run the project: its channels, its gates, and each plugin in its own sandbox'
complete -c wa -n "__fish_wa_needs_command" -f -a "chat" -d 'Write to the agent of a running host, as a person on the console channel would'
complete -c wa -n "__fish_wa_needs_command" -f -a "send" -d 'Send a message through the running host, its gates and its outbox'
complete -c wa -n "__fish_wa_needs_command" -f -a "tools" -d 'List and call the tools of the running set'
complete -c wa -n "__fish_wa_needs_command" -f -a "approvals" -d 'Decide on calls of tools that a plugin\'s gate has held'
complete -c wa -n "__fish_wa_needs_command" -f -a "bridge" -d 'Pair programs elsewhere: bridges that hand in messages, agents that call tools, and whatever else calls the API'
complete -c wa -n "__fish_wa_needs_command" -f -a "forward" -d 'Forward streams: what the host sends to receivers, and the receiver\'s check'
complete -c wa -n "__fish_wa_needs_command" -f -a "capability" -d 'List and call what the plugins of the running set can do for others'
complete -c wa -n "__fish_wa_needs_command" -f -a "secrets" -d 'See which plugin has which secret, and whether each can be resolved; no value is ever shown'
complete -c wa -n "__fish_wa_needs_command" -f -a "status" -d 'Show how the running host and its plugins are'
complete -c wa -n "__fish_wa_needs_command" -f -a "simulator" -d 'A WhatsApp server and phones on this machine, to try things without an account'
complete -c wa -n "__fish_wa_needs_command" -f -a "doctor" -d 'Check the project, its plugins and this machine; no plugin code runs'
complete -c wa -n "__fish_wa_needs_command" -f -a "explain" -d 'Tell the story behind a finding\'s code, or what a check of doctor looks at'
complete -c wa -n "__fish_wa_needs_command" -f -a "schema" -d 'Print the JSON Schema of a file format or of a capability\'s contract'
complete -c wa -n "__fish_wa_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c wa -n "__fish_wa_needs_command" -f -a "man" -d 'Print the manual page, or write the pages of all commands into a folder'
complete -c wa -n "__fish_wa_needs_command" -f -a "exit-codes" -d 'What the exit codes mean'
complete -c wa -n "__fish_wa_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand init" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand init" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand init" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand init" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand demo" -l keep -d 'Keep the project here, to go on with' -r -F
complete -c wa -n "__fish_wa_using_subcommand demo" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand demo" -l whatsapp -d 'Have the agent answer on WhatsApp too, with a simulated server and phones'
complete -c wa -n "__fish_wa_using_subcommand demo" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand demo" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand demo" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "new" -d 'Start a plugin from a template'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "validate" -d 'Check plugins without running their code'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "types" -d 'Write the TypeScript types of a plugin\'s manifest, and the schemas of its files for editors'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "build" -d 'Build a plugin that is written in Rust into the component that its manifest names'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "migrate" -d 'Rewrite a manifest in an older form to the current one'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "test" -d 'Play a plugin\'s scenarios in the real host and sandbox'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "dev" -d 'Run a plugin while you write it: chat with it, and every change takes effect at once'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "pack" -d 'Make a package from a plugin\'s folder'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "sign" -d 'Sign a package in place'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "verify" -d 'Check a package\'s signature and every file in it'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "publish" -d 'Give a package to a registry'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "search" -d 'Look for plugins in a registry'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "install" -d 'Install plugins, after showing what they may do'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "update" -d 'Update packages of registries within their ranges, after showing what changes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "outdated" -d 'Show which installed packages have newer versions'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "rollback" -d 'Go back to a version that was installed before'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "sync" -d 'Install what wa.yaml and wa.lock say, on this machine'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "mirror" -d 'Copy the archives that wa.lock pins into a directory, for machines without a network'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "prune" -d 'Remove stored versions that wa.lock does not pin'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "uninstall" -d 'Remove plugins, after showing what goes with them'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "enable" -d 'Let an installed plugin run'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "disable" -d 'Keep an installed plugin from running'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "list" -d 'List the plugins of the project and how far each is trusted'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "inspect" -d 'Show what a plugin is, what it may do, and how it has fared'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "plan" -d 'Show which plugins would start for what, in which order, and why'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "reload" -d 'Make the running host read the project, its plugins and its secrets again'
complete -c wa -n "__fish_wa_using_subcommand plugins; and not __fish_seen_subcommand_from new validate types build migrate test dev pack sign verify publish search install update outdated rollback sync mirror prune uninstall enable disable list inspect plan reload help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l template -d 'One of the templates, which are offered with a line each where none is named; or a folder, an archive, a URL or a package' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l set -d 'An answer: title, description or publisher' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l dir -d 'The folder to make the plugin\'s folder in' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -l format -d 'How to print findings' -r -f -a "text\t'For people: source lines and carets'
json\t'For programs'
sarif\t'SARIF 2.1.0'
github\t'GitHub annotations'
junit\t'JUnit XML'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -l severity -d 'The least severity that makes the command exit with 1' -r -f -a "info\t'Also on what is only worth knowing'
warning\t'Also on what is probably wrong'
error\t'On what is wrong'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -l json -d 'The same as `--format json`'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from types" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from types" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from types" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from types" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from types" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from types" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -l debug -d 'Without optimisation, for a faster build'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -l locked -d 'Refuse to change Cargo.lock'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -l dry-run -d 'Print the changes as a diff, and write nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from migrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l filter -d 'Only the scenarios that have this in their file\'s name or in the name of a step' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l junit -d 'Also write the results into this file, as JUnit XML' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l contract -d 'Play the cases that every capability of this kind must pass, instead of scenarios' -r -f -a "textInference\t''
cliBackend\t''
speech\t''
realtimeTranscription\t''
realtimeVoice\t''
mediaUnderstanding\t''
imageGeneration\t''
musicGeneration\t''
videoGeneration\t''
webFetch\t''
webSearch\t''
channel\t''
gatewayDiscovery\t''"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l config -d 'A YAML or JSON file with the plugin\'s configuration, for `--contract`' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -l config -d 'A YAML or JSON file with the plugin\'s configuration, in place of wa.dev.yaml in its folder' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -s c -l set -d 'One setting, by its dotted path; may be given several times' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -l whatsapp -d 'Chat on WhatsApp, with a simulated phone, in place of the console'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from dev" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -l out -d 'Where to put the package' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -l seq -d 'The package\'s sequence number, by which its publisher\'s packages are ordered; made from the version by default' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -l sign -d 'Sign it with the publisher\'s key'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from pack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -l key -d 'The publisher whose key signs' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -l replace -d 'Drop the signatures that the package has, instead of signing beside them'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from verify" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from verify" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from verify" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l to -d 'Publish into this directory, which is a registry of static files, and build its index again' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l expires -d 'How long the index of the directory is good (30d), or until when (2026-12-31)' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l tag -d 'The tag that will name this version' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l access -d 'Who may see the package' -r -f -a "public\t''
restricted\t''"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l otp -d 'A one-time password' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l allow-unsigned -d 'Publish a package that nobody has signed'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -s y -l yes -d 'Answer the question with yes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l dry-run -d 'Show what would be published and publish nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from publish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l limit -d 'How many packages to ask the registry for' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l all -d 'Show packages that are not plugins of wa too'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l trust-key -d 'Trust the publisher\'s key with this fingerprint; may be given several times' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -s y -l yes -d 'Answer the question with yes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l allow-unsigned -d 'Install a package that nobody has signed; stays visible in wa.lock, `list` and `doctor`'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l allow-downgrade -d 'Install an older package than was installed before'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l dry-run -d 'Show the plan and change nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l trust-key -d 'Trust the publisher\'s key with this fingerprint; may be given several times' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -s y -l yes -d 'Answer the question with yes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l allow-unsigned -d 'Install a package that nobody has signed; stays visible in wa.lock, `list` and `doctor`'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l allow-downgrade -d 'Install an older package than was installed before'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l dry-run -d 'Show what would change and change nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from outdated" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l to -d 'The version; the one before, if none is named' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l trust-key -d 'Trust the publisher\'s key with this fingerprint; may be given several times' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -s y -l yes -d 'Answer the question with yes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l allow-unsigned -d 'Install a package that nobody has signed; stays visible in wa.lock, `list` and `doctor`'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l allow-downgrade -d 'Install an older package than was installed before'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l dry-run -d 'Show the plan and change nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l mirror -d 'Take archives from this directory, which `wa plugins mirror` has filled' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l trust-key -d 'Trust the publisher\'s key with this fingerprint; may be given several times' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l frozen -d 'Fail if wa.yaml and wa.lock do not agree, and never change them'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -s y -l yes -d 'Answer the question with yes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l allow-unsigned -d 'Install a package that nobody has signed; stays visible in wa.lock, `list` and `doctor`'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l allow-downgrade -d 'Install an older package than was installed before'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l dry-run -d 'Show the plan and change nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -l registry -d 'The registry of packages without a scope of their own, instead of what .npmrc says' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -l fetch-timeout -d 'Seconds to wait for each part of an answer' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from mirror" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -l dry-run -d 'Show what would go and change nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -l keep-data -d 'Keep what the plugins have stored'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -s y -l yes -d 'Answer the question with yes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -l dry-run -d 'Show what would go and change nothing'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from enable" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from enable" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from enable" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from enable" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from disable" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from disable" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from disable" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from inspect" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from inspect" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from inspect" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from inspect" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from inspect" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -l for -d 'event:NAME, hook:NAME, tool:NAME, agent:NAME, command:NAME, rpc:METHOD, capability:KIND/ID, channel:ID, slot:NAME, startup or "route:METHOD /path"; without it, everything' -r
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -l ids -d 'Print the ids alone, each once, in the order in which they would be asked'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from reload" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from reload" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from reload" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from reload" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from reload" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from reload" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "new" -d 'Start a plugin from a template'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "validate" -d 'Check plugins without running their code'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "types" -d 'Write the TypeScript types of a plugin\'s manifest, and the schemas of its files for editors'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "build" -d 'Build a plugin that is written in Rust into the component that its manifest names'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "migrate" -d 'Rewrite a manifest in an older form to the current one'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "test" -d 'Play a plugin\'s scenarios in the real host and sandbox'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "dev" -d 'Run a plugin while you write it: chat with it, and every change takes effect at once'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "pack" -d 'Make a package from a plugin\'s folder'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign a package in place'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check a package\'s signature and every file in it'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "publish" -d 'Give a package to a registry'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "search" -d 'Look for plugins in a registry'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "install" -d 'Install plugins, after showing what they may do'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "update" -d 'Update packages of registries within their ranges, after showing what changes'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "outdated" -d 'Show which installed packages have newer versions'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "rollback" -d 'Go back to a version that was installed before'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "sync" -d 'Install what wa.yaml and wa.lock say, on this machine'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "mirror" -d 'Copy the archives that wa.lock pins into a directory, for machines without a network'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove stored versions that wa.lock does not pin'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "uninstall" -d 'Remove plugins, after showing what goes with them'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Let an installed plugin run'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Keep an installed plugin from running'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the plugins of the project and how far each is trusted'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show what a plugin is, what it may do, and how it has fared'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "plan" -d 'Show which plugins would start for what, in which order, and why'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "reload" -d 'Make the running host read the project, its plugins and its secrets again'
complete -c wa -n "__fish_wa_using_subcommand plugins; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -f -a "new" -d 'Make a signing key'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -f -a "show" -d 'Show the public halves of your signing keys'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -f -a "rotate" -d 'State that a publisher signs with another key from now on'
complete -c wa -n "__fish_wa_using_subcommand keys; and not __fish_seen_subcommand_from new show rotate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from new" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from new" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from show" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from show" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from show" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l from -d 'The name of the key that it has signed with; that of the publisher, if none is given' -r
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l to -d 'The name of the key that it will sign with' -r
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l out -d 'Where to write the statement' -r -F
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "new" -d 'Make a signing key'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the public halves of your signing keys'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'State that a publisher signs with another key from now on'
complete -c wa -n "__fish_wa_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -f -a "list" -d 'List the publishers that you trust'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -f -a "add" -d 'Trust a publisher\'s keys'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -f -a "remove" -d 'Forget a publisher'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -f -a "revoke" -d 'Trust nothing more that a publisher\'s keys have signed'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -f -a "rotate" -d 'Take a publisher\'s new key for its old one, as both keys say'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -f -a "root" -d 'Decide by whose word the index of a registry is believed'
complete -c wa -n "__fish_wa_using_subcommand trust; and not __fish_seen_subcommand_from list add remove revoke rotate root help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -l threshold -d 'How many of the keys must have signed each package' -r
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -l packages -d 'The packages that the key may sign: a name, `@scope/*`, or `*`' -r
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from remove" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from remove" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from revoke" -l key -d 'One key; without it, all that the publisher signs or has signed with' -r
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from revoke" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from revoke" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from rotate" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -f -a "add" -d 'Pin the root keys of a registry, or replace them'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -f -a "list" -d 'List the registries whose root is pinned'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -f -a "remove" -d 'Forget the root of a registry, and what its index said'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from root" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the publishers that you trust'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "add" -d 'Trust a publisher\'s keys'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Forget a publisher'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Trust nothing more that a publisher\'s keys have signed'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Take a publisher\'s new key for its old one, as both keys say'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "root" -d 'Decide by whose word the index of a registry is believed'
complete -c wa -n "__fish_wa_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -f -a "build" -d 'Make a registry of a directory of packages, in place'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -f -a "sign" -d 'Sign the index of a registry with a root key'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -f -a "serve" -d 'Serve a registry to wa and npm'
complete -c wa -n "__fish_wa_using_subcommand registry; and not __fish_seen_subcommand_from build sign serve help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -l expires -d 'How long the index is good (30d), or until when (2026-12-31)' -r
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -l url -d 'Where the directory will be served; needed by npm if that is not the root of a host' -r
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -l allow-unsigned -d 'Take packages that nobody signed'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from sign" -l key -d 'The name of a key of yours, or the file of a minisign secret key' -r
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from sign" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from sign" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from sign" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from sign" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -l bind -d 'Where to listen; port 0 takes a free one' -r
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "build" -d 'Make a registry of a directory of packages, in place'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign the index of a registry with a root key'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "serve" -d 'Serve a registry to wa and npm'
complete -c wa -n "__fish_wa_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -f -a "pair" -d 'Pair an account of a channel with this machine'
complete -c wa -n "__fish_wa_using_subcommand setup; and not __fish_seen_subcommand_from pair help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -f -a "whatsapp" -d 'Pair a WhatsApp account with an agent'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from pair" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from help" -f -a "pair" -d 'Pair an account of a channel with this machine'
complete -c wa -n "__fish_wa_using_subcommand setup; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -f -a "verify" -d 'Prove that no record was changed, removed or added by somebody else'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -f -a "show" -d 'Show what is recorded'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -f -a "export" -d 'Print records in a form that other systems take in, one a line'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -f -a "checkpoint" -d 'State what the log is now, to be kept where nobody on this machine can change it'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -f -a "recover" -d 'Put a log that was changed or damaged aside, and begin a new one'
complete -c wa -n "__fish_wa_using_subcommand audit; and not __fish_seen_subcommand_from verify show export checkpoint recover help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -l key -d 'The log\'s first key, where it was moved off this machine' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -l checkpoint -d 'A checkpoint that was kept elsewhere; may be given several times' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -l operator -d 'Your own log, of keys and trust, instead of the project\'s'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l plugin -d 'About this plugin; a `*` at the end stands for anything' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l action -d 'Of this action, such as `plugin.install` or `plugin.*`' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l actor -d 'By this actor, such as `operator:1000`, `host` or `agent:*`' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l outcome -d 'With this outcome: done, refused or failed' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l since -d 'Not before this time (UTC), such as 2026-11-21 or 2026-11-21T09:30:00Z' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l until -d 'Before this time (UTC)' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -s n -l last -d 'Only the last so many' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l operator -d 'Your own log, of keys and trust, instead of the project\'s'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l format -d 'The form' -r -f -a "jsonl\t'The records themselves'
ocsf\t'Open Cybersecurity Schema Framework'
cef\t'Common Event Format'"
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l plugin -d 'About this plugin; a `*` at the end stands for anything' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l action -d 'Of this action, such as `plugin.install` or `plugin.*`' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l actor -d 'By this actor, such as `operator:1000`, `host` or `agent:*`' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l outcome -d 'With this outcome: done, refused or failed' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l since -d 'Not before this time (UTC), such as 2026-11-21 or 2026-11-21T09:30:00Z' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l until -d 'Before this time (UTC)' -r
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l operator -d 'Your own log, of keys and trust, instead of the project\'s'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l out -d 'Where to write it' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l operator -d 'Your own log, of keys and trust, instead of the project\'s'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -s y -l yes -d 'Answer the question with yes'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -l operator -d 'Your own log, of keys and trust, instead of the project\'s'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from recover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Prove that no record was changed, removed or added by somebody else'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what is recorded'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "export" -d 'Print records in a form that other systems take in, one a line'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "checkpoint" -d 'State what the log is now, to be kept where nobody on this machine can change it'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "recover" -d 'Put a log that was changed or damaged aside, and begin a new one'
complete -c wa -n "__fish_wa_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand run" -l trace -d 'Show the frames between the host and one plugin, without what they carry' -r
complete -c wa -n "__fish_wa_using_subcommand run" -l simulator -d 'Connect WhatsApp accounts to a simulator on this machine, by the address that `wa simulator` prints' -r
complete -c wa -n "__fish_wa_using_subcommand run" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand run" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand run" -l json -d 'Print what happens as JSON, one event a line'
complete -c wa -n "__fish_wa_using_subcommand run" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand run" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand run" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand chat" -l as -d 'Who is writing: the name of the chat' -r
complete -c wa -n "__fish_wa_using_subcommand chat" -l wait -d 'How long to wait for a reply after the last message, in seconds' -r
complete -c wa -n "__fish_wa_using_subcommand chat" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand chat" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand chat" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand chat" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand chat" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand send" -l to -d 'The chat to send to' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l channel -d 'The channel to send on' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l instance -d 'The account on the channel' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l id -d 'Your own id for this message; sending it again with the same id changes nothing' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l reply-to -d 'Answer this message' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l react -d 'React with this emoji; an empty one takes a reaction back' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l file -d 'Send this file' -r -F
complete -c wa -n "__fish_wa_using_subcommand send" -l edit -d 'Give this message, which was sent before, another text' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l revoke -d 'Delete this message, which was sent before, for everyone' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l message -d 'With --react: the message to react to' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l option -d 'With --poll: an answer to choose; give 2 to 12' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l choices -d 'With --poll: how many may be chosen' -r
complete -c wa -n "__fish_wa_using_subcommand send" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand send" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand send" -l poll -d 'Ask a question with answers to choose from'
complete -c wa -n "__fish_wa_using_subcommand send" -l voice -d 'With --file: sound, as if spoken into the phone'
complete -c wa -n "__fish_wa_using_subcommand send" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand send" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand send" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand send" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -f -a "list" -d 'List the tools that the running host knows'
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -f -a "call" -d 'Call a tool with a JSON input, and print its output'
complete -c wa -n "__fish_wa_using_subcommand tools; and not __fish_seen_subcommand_from list call help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -l channel -d 'What the tool `message` can do on this channel, instead' -r
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from call" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from call" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from call" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from call" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from call" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the tools that the running host knows'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from help" -f -a "call" -d 'Call a tool with a JSON input, and print its output'
complete -c wa -n "__fish_wa_using_subcommand tools; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -f -a "list" -d 'List what waits for a person'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -f -a "allow" -d 'Let a call go on'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -f -a "deny" -d 'Stop a call'
complete -c wa -n "__fish_wa_using_subcommand approvals; and not __fish_seen_subcommand_from list allow deny help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from allow" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from allow" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from allow" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from allow" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from allow" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from allow" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from deny" -l reason -d 'Why, for the caller' -r
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from deny" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from deny" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from deny" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from deny" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from deny" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from deny" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what waits for a person'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from help" -f -a "allow" -d 'Let a call go on'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from help" -f -a "deny" -d 'Stop a call'
complete -c wa -n "__fish_wa_using_subcommand approvals; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -f -a "pair" -d 'Make a one-time code that another program redeems for a token of its own'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -f -a "list" -d 'List the programs that are paired, and the codes that wait'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -f -a "revoke" -d 'Take back a program\'s token, or a code that waits under its name; holds at once'
complete -c wa -n "__fish_wa_using_subcommand bridge; and not __fish_seen_subcommand_from pair list revoke help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l name -d 'What the program is called; without it, the program says it' -r
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l agent -d 'It may list and call the tools of this agent' -r
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l scope -d 'It may call methods of the API: those that read, those that change things too, or all' -r -f -a "read\t''
write\t''
admin\t''"
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l channel -d 'It may hand in messages of an account on this channel' -r
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l instance -d 'The account on the channel' -r
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l ttl -d 'How long the code can be redeemed, at most a day' -r
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from pair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from revoke" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from revoke" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from help" -f -a "pair" -d 'Make a one-time code that another program redeems for a token of its own'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the programs that are paired, and the codes that wait'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Take back a program\'s token, or a code that waits under its name; holds at once'
complete -c wa -n "__fish_wa_using_subcommand bridge; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -f -a "list" -d 'List the forward streams of the project, and how far each has got'
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -f -a "verify" -d 'Check the records of one forward stream, as a receiver has taken them'
complete -c wa -n "__fish_wa_using_subcommand forward; and not __fish_seen_subcommand_from list verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -l secret-env -d 'The variable of the environment that holds the shared secret' -r
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -l key -d 'The file with the sender\'s Ed25519 public key, in PEM or base64' -r -F
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -l state -d 'Where to keep how far it got, for the next check' -r -F
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the forward streams of the project, and how far each has got'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check the records of one forward stream, as a receiver has taken them'
complete -c wa -n "__fish_wa_using_subcommand forward; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -f -a "list" -d 'List the capabilities that the running host knows, in the order in which they are asked'
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -f -a "call" -d 'Ask a capability, and print its answer as JSON'
complete -c wa -n "__fish_wa_using_subcommand capability; and not __fish_seen_subcommand_from list call help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -l id -d 'Ask this one, and no other in its place' -r
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -l stream -d 'Print the answer in chunks as it is made, a JSON text on each line; the last line is the whole'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the capabilities that the running host knows, in the order in which they are asked'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from help" -f -a "call" -d 'Ask a capability, and print its answer as JSON'
complete -c wa -n "__fish_wa_using_subcommand capability; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -f -a "check" -d 'Check whether every secret reference of the enabled plugins leads to a value'
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -f -a "list" -d 'List the secrets of the enabled plugins: where each comes from, and what it is used for'
complete -c wa -n "__fish_wa_using_subcommand secrets; and not __fish_seen_subcommand_from check list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -l allow-exec -d 'Ask the programs of `exec` providers too'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from list" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from list" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from list" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check whether every secret reference of the enabled plugins leads to a value'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the secrets of the enabled plugins: where each comes from, and what it is used for'
complete -c wa -n "__fish_wa_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand status" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand status" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand status" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand status" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand status" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand simulator" -l session -d 'Link a device to the account, and put it into this session directory; may be given several times' -r -F
complete -c wa -n "__fish_wa_using_subcommand simulator" -l account -d 'The number of the account that is there from the start' -r
complete -c wa -n "__fish_wa_using_subcommand simulator" -l contact -d 'The number of the contact that is there from the start' -r
complete -c wa -n "__fish_wa_using_subcommand simulator" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand simulator" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand simulator" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand simulator" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand simulator" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand simulator" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand doctor" -l format -d 'How to print findings' -r -f -a "text\t'For people: source lines and carets'
json\t'For programs'
sarif\t'SARIF 2.1.0'
github\t'GitHub annotations'
junit\t'JUnit XML'"
complete -c wa -n "__fish_wa_using_subcommand doctor" -l severity -d 'The least severity that makes the command exit with 1' -r -f -a "info\t'Also on what is only worth knowing'
warning\t'Also on what is probably wrong'
error\t'On what is wrong'"
complete -c wa -n "__fish_wa_using_subcommand doctor" -l only -d 'Make only these checks' -r -f -a "change\t''
project\t''
lock\t''
trust\t''
agreement\t''
plugins\t''
config\t''
secrets\t''
catalog\t''
runtimes\t''
health\t''
queue\t''
host\t''
channels\t''
audit\t''
port\t''
sandbox\t''
modes\t''
disk\t''
clock\t''"
complete -c wa -n "__fish_wa_using_subcommand doctor" -l skip -d 'Leave these checks out' -r -f -a "change\t''
project\t''
lock\t''
trust\t''
agreement\t''
plugins\t''
config\t''
secrets\t''
catalog\t''
runtimes\t''
health\t''
queue\t''
host\t''
channels\t''
audit\t''
port\t''
sandbox\t''
modes\t''
disk\t''
clock\t''"
complete -c wa -n "__fish_wa_using_subcommand doctor" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand doctor" -l json -d 'The same as `--format json`'
complete -c wa -n "__fish_wa_using_subcommand doctor" -l list -d 'List the checks'
complete -c wa -n "__fish_wa_using_subcommand doctor" -l fix -d 'First mend what can be mended without losing anything: file modes, the record of a host that was killed'
complete -c wa -n "__fish_wa_using_subcommand doctor" -l allow-exec -d 'Ask the programs of `exec` providers for the secrets that they hold'
complete -c wa -n "__fish_wa_using_subcommand doctor" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand doctor" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand doctor" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand explain" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand explain" -l list -d 'List all codes and checks'
complete -c wa -n "__fish_wa_using_subcommand explain" -l json -d 'Print the data as JSON'
complete -c wa -n "__fish_wa_using_subcommand explain" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand explain" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand explain" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand schema" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand schema" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand schema" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand schema" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand schema" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand completions" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand completions" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand completions" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand completions" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand man" -l dir -d 'Write one page per command here instead of printing' -r -F
complete -c wa -n "__fish_wa_using_subcommand man" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand man" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand man" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand man" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand exit-codes" -l project -d 'The project\'s folder, instead of the nearest one upwards that holds a wa.yaml' -r -F
complete -c wa -n "__fish_wa_using_subcommand exit-codes" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless `NO_COLOR` is set'
always\t'Colour always'
never\t'No colour'"
complete -c wa -n "__fish_wa_using_subcommand exit-codes" -l offline -d 'Use no network; what was fetched before is taken from the cache'
complete -c wa -n "__fish_wa_using_subcommand exit-codes" -s q -l quiet -d 'Print data and errors only'
complete -c wa -n "__fish_wa_using_subcommand exit-codes" -s v -l verbose -d 'Say more about what is done'
complete -c wa -n "__fish_wa_using_subcommand exit-codes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "init" -d 'Make a project: a folder with a wa.yaml'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "demo" -d 'The whole story on this machine: a plugin is made, checked, signed, installed and run, and a hostile one is stopped'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "plugins" -d 'Write, check, pack, install and look at plugins'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "keys" -d 'Make and show signing keys'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "trust" -d 'Decide whose packages may be installed'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "registry" -d 'Make and serve a registry of your own'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "setup" -d 'Prepare what a project needs from outside'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "audit" -d 'Look at the log of who did what, and prove that nobody changed it'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "run" -d 'Run the project: its channels, its gates, and each plugin in its own sandbox'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "chat" -d 'Write to the agent of a running host, as a person on the console channel would'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "send" -d 'Send a message through the running host, its gates and its outbox'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "tools" -d 'List and call the tools of the running set'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "approvals" -d 'Decide on calls of tools that a plugin\'s gate has held'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "bridge" -d 'Pair programs elsewhere: bridges that hand in messages, agents that call tools, and whatever else calls the API'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "forward" -d 'Forward streams: what the host sends to receivers, and the receiver\'s check'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "capability" -d 'List and call what the plugins of the running set can do for others'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "secrets" -d 'See which plugin has which secret, and whether each can be resolved; no value is ever shown'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "status" -d 'Show how the running host and its plugins are'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "simulator" -d 'A WhatsApp server and phones on this machine, to try things without an account'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "doctor" -d 'Check the project, its plugins and this machine; no plugin code runs'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "explain" -d 'Tell the story behind a finding\'s code, or what a check of doctor looks at'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "schema" -d 'Print the JSON Schema of a file format or of a capability\'s contract'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "man" -d 'Print the manual page, or write the pages of all commands into a folder'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "exit-codes" -d 'What the exit codes mean'
complete -c wa -n "__fish_wa_using_subcommand help; and not __fish_seen_subcommand_from init demo plugins keys trust registry setup audit run chat send tools approvals bridge forward capability secrets status simulator doctor explain schema completions man exit-codes help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "new" -d 'Start a plugin from a template'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "validate" -d 'Check plugins without running their code'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "types" -d 'Write the TypeScript types of a plugin\'s manifest, and the schemas of its files for editors'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "build" -d 'Build a plugin that is written in Rust into the component that its manifest names'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "migrate" -d 'Rewrite a manifest in an older form to the current one'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "test" -d 'Play a plugin\'s scenarios in the real host and sandbox'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "dev" -d 'Run a plugin while you write it: chat with it, and every change takes effect at once'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "pack" -d 'Make a package from a plugin\'s folder'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "sign" -d 'Sign a package in place'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "verify" -d 'Check a package\'s signature and every file in it'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "publish" -d 'Give a package to a registry'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "search" -d 'Look for plugins in a registry'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "install" -d 'Install plugins, after showing what they may do'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "update" -d 'Update packages of registries within their ranges, after showing what changes'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "outdated" -d 'Show which installed packages have newer versions'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "rollback" -d 'Go back to a version that was installed before'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "sync" -d 'Install what wa.yaml and wa.lock say, on this machine'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "mirror" -d 'Copy the archives that wa.lock pins into a directory, for machines without a network'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "prune" -d 'Remove stored versions that wa.lock does not pin'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "uninstall" -d 'Remove plugins, after showing what goes with them'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "enable" -d 'Let an installed plugin run'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "disable" -d 'Keep an installed plugin from running'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "list" -d 'List the plugins of the project and how far each is trusted'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "inspect" -d 'Show what a plugin is, what it may do, and how it has fared'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "plan" -d 'Show which plugins would start for what, in which order, and why'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from plugins" -f -a "reload" -d 'Make the running host read the project, its plugins and its secrets again'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "new" -d 'Make a signing key'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "show" -d 'Show the public halves of your signing keys'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "rotate" -d 'State that a publisher signs with another key from now on'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "list" -d 'List the publishers that you trust'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "add" -d 'Trust a publisher\'s keys'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "remove" -d 'Forget a publisher'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "revoke" -d 'Trust nothing more that a publisher\'s keys have signed'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "rotate" -d 'Take a publisher\'s new key for its old one, as both keys say'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "root" -d 'Decide by whose word the index of a registry is believed'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "build" -d 'Make a registry of a directory of packages, in place'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "sign" -d 'Sign the index of a registry with a root key'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "serve" -d 'Serve a registry to wa and npm'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from setup" -f -a "pair" -d 'Pair an account of a channel with this machine'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "verify" -d 'Prove that no record was changed, removed or added by somebody else'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "show" -d 'Show what is recorded'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "export" -d 'Print records in a form that other systems take in, one a line'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "checkpoint" -d 'State what the log is now, to be kept where nobody on this machine can change it'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "recover" -d 'Put a log that was changed or damaged aside, and begin a new one'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from tools" -f -a "list" -d 'List the tools that the running host knows'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from tools" -f -a "call" -d 'Call a tool with a JSON input, and print its output'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from approvals" -f -a "list" -d 'List what waits for a person'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from approvals" -f -a "allow" -d 'Let a call go on'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from approvals" -f -a "deny" -d 'Stop a call'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from bridge" -f -a "pair" -d 'Make a one-time code that another program redeems for a token of its own'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from bridge" -f -a "list" -d 'List the programs that are paired, and the codes that wait'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from bridge" -f -a "revoke" -d 'Take back a program\'s token, or a code that waits under its name; holds at once'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from forward" -f -a "list" -d 'List the forward streams of the project, and how far each has got'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from forward" -f -a "verify" -d 'Check the records of one forward stream, as a receiver has taken them'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from capability" -f -a "list" -d 'List the capabilities that the running host knows, in the order in which they are asked'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from capability" -f -a "call" -d 'Ask a capability, and print its answer as JSON'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from secrets" -f -a "check" -d 'Check whether every secret reference of the enabled plugins leads to a value'
complete -c wa -n "__fish_wa_using_subcommand help; and __fish_seen_subcommand_from secrets" -f -a "list" -d 'List the secrets of the enabled plugins: where each comes from, and what it is used for'
