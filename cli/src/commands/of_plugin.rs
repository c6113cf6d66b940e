//! `wa <command of a plugin>`: from its manifest; the plugin's worker starts only when the command runs.

use std::ffi::OsString;

use channel_whatsapp::Server;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches};
use manifest_schema::manifest::{ArgumentKind, Command, CommandArgument, Manifest};
use manifest_schema::suggest;
use runtime_host::Purpose;
use runtime_host::client::CommandOutput;
use serde_json::{Map, Value};

use crate::arguments;
use crate::commands::run::{self, Notices};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// Runs the command that `words` begin with.
pub(crate) fn run(words: &[OsString], context: &Context) -> Outcome {
    let name = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let Some((manifest, command)) = owner(context, &name)? else { return unknown(&name) };
    let matches = match command_line(&manifest, &command).try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return said(&error),
    };
    let args = values(&command, &matches);
    let output = match project::find_host(&project::layout(context)?)? {
        Some(running) => runtime_host::client::Client::new(running)
            .run_command(&name, &args)
            .map_err(|error| project::host_failure(&format!("run `{name}`"), &error))?,
        None => run::runtime()?.block_on(alone(context, &name, args))?,
    };
    print(context, output)
}

/// The enabled plugin that has the command. Outside of a project no plugin has any.
fn owner(context: &Context, name: &str) -> Outcome<Option<(Manifest, Command)>> {
    if context.project_root().is_err() {
        return Ok(None);
    }
    let project = project::open(context)?;
    let catalog = project.catalog(&project.installed());
    let found = catalog.enabled().find_map(|manifest| {
        let command = manifest.commands.iter().find(|command| command.name == name)?;
        Some((manifest.clone(), command.clone()))
    });
    Ok(found)
}

/// What clap says of a word that is no command.
fn unknown(name: &str) -> Outcome {
    let command = arguments::command();
    let known: Vec<&str> =
        command.get_subcommands().filter(|one| !one.is_hide_set()).map(clap::Command::get_name).collect();
    let mut error = clap::Error::new(ErrorKind::InvalidSubcommand).with_cmd(&command);
    error.insert(ContextKind::InvalidSubcommand, ContextValue::String(name.to_owned()));
    if let Some(near) = suggest::nearest(name, known) {
        let near = ContextValue::Strings(vec![near.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, near);
    }
    error.insert(ContextKind::Usage, ContextValue::StyledStr(arguments::command().render_usage()));
    said(&error)
}

fn said(error: &clap::Error) -> Outcome {
    // Help is an answer, not an error; clap knows which is which.
    let _ = error.print();
    Ok(if error.exit_code() == 0 { Status::Done } else { Status::CouldNotRun })
}

fn command_line(manifest: &Manifest, command: &Command) -> clap::Command {
    let from = format!("A command of the plugin {} {}", manifest.id, manifest.version);
    clap::Command::new(format!("wa {}", command.name))
        .about(plain(&command.description))
        .after_help(from)
        .max_term_width(100)
        .args(command.args.iter().map(argument))
}

fn argument(declared: &CommandArgument) -> Arg {
    let arg = Arg::new(declared.name.clone())
        .long(declared.name.clone())
        .help(plain(declared.description.as_deref().unwrap_or_default()))
        .required(declared.required);
    match declared.kind {
        ArgumentKind::Boolean => arg.action(ArgAction::SetTrue).required(false),
        ArgumentKind::Integer => arg.value_name("NUMBER").value_parser(clap::value_parser!(i64)),
        ArgumentKind::Number => arg.value_name("NUMBER").value_parser(clap::value_parser!(f64)),
        ArgumentKind::String => arg.value_name("TEXT"),
    }
}

fn values(command: &Command, matches: &ArgMatches) -> Map<String, Value> {
    let value = |argument: &CommandArgument| {
        let name = argument.name.as_str();
        match argument.kind {
            ArgumentKind::Boolean => Some(Value::from(matches.get_flag(name))),
            ArgumentKind::Integer => matches.get_one::<i64>(name).map(|number| Value::from(*number)),
            ArgumentKind::Number => matches.get_one::<f64>(name).map(|number| Value::from(*number)),
            ArgumentKind::String => matches.get_one::<String>(name).map(|text| Value::from(text.as_str())),
        }
    };
    command.args.iter().filter_map(|one| Some((one.name.clone(), value(one)?))).collect()
}

/// Runs it in a host of its own, since none runs on the project.
async fn alone(context: &Context, name: &str, args: Map<String, Value>) -> Outcome<CommandOutput> {
    let (host, mut stream) = run::start(context, None, Server::default(), Purpose::Command).await?;
    let notices = Notices::new(context.printer, false);
    let output = {
        let running = host.run_command(name, args);
        tokio::pin!(running);
        loop {
            tokio::select! {
                output = &mut running => break output,
                Some(notice) = stream.next() => notices.show(&notice)?,
            }
        }
    };
    run::stop(host, &mut stream, &notices).await?;
    output.map_err(|why| Failure::no(plain(&why)))
}

fn print(context: &Context, output: CommandOutput) -> Outcome {
    match output {
        CommandOutput { text: Some(text), .. } => context.printer.data(plain(&text))?,
        CommandOutput { json: Some(json), .. } => context.printer.json(&json)?,
        CommandOutput { .. } => {}
    }
    Ok(match output.status {
        0 => Status::Done,
        1 => Status::No,
        _ => Status::CouldNotRun,
    })
}
