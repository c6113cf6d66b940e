//! `wa bridge …`

use std::time::{Duration, SystemTime};

use audit_log::{Action, Detail, Moment};
use clap::{Args, Subcommand, ValueEnum};
use manifest_schema::manifest::RpcScope;
use manifest_schema::names::{AgentName, ChannelName, InstanceName};
use manifest_schema::project::Project;
use manifest_schema::units::TimeSpan;
use runtime_host::bridge::{BridgeError, Bridges, Right};
use serde_json::{Value, json};

use super::run::may;
use crate::arguments::DataFormat;
use crate::audit::{self, Log};
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// The longest that a code may live.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Pair programs elsewhere: bridges that hand in messages, agents that call tools, and whatever else calls the API
#[derive(Debug, Subcommand)]
pub(crate) enum Bridge {
    Pair(Pair),
    List(List),
    Revoke(Revoke),
}

/// Make a one-time code that another program redeems for a token of its own
#[derive(Debug, Args)]
#[command(after_help = "Examples: wa bridge pair --name till --channel console\n          \
                                  wa bridge pair --name laptop --agent ana --ttl 2min\n          \
                                  wa bridge pair --name board --scope read\n\n\
                        The program sends the code to the gateway of the running host: POST /api, method `bridge.redeem` with `code`, \
                        `request_id` and `name`.")]
pub(crate) struct Pair {
    /// What the program is called; without it, the program says it
    #[arg(long)]
    name: Option<String>,

    /// It may list and call the tools of this agent
    #[arg(long, required_unless_present_any = ["channel", "scope"], conflicts_with_all = ["channel", "scope"])]
    agent: Option<AgentName>,

    /// It may call methods of the API: those that read, those that change things too, or all
    #[arg(long, conflicts_with = "channel")]
    scope: Option<Scope>,

    /// It may hand in messages of an account on this channel
    #[arg(long, value_name = "NAME")]
    channel: Option<ChannelName>,

    /// The account on the channel
    #[arg(long, value_name = "NAME", requires = "channel")]
    instance: Option<InstanceName>,

    /// How long the code can be redeemed, at most a day
    #[arg(long, value_name = "TIME", default_value = "10min")]
    ttl: TimeSpan,

    #[command(flatten)]
    format: DataFormat,
}

/// What methods a program may call.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scope {
    Read,
    Write,
    Admin,
}

impl From<Scope> for RpcScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Read => Self::Read,
            Scope::Write => Self::Write,
            Scope::Admin => Self::Admin,
        }
    }
}

/// List the programs that are paired, and the codes that wait
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

/// Take back a program's token, or a code that waits under its name; holds at once
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The name
    name: String,
}

impl Bridge {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Pair(command) => command.run(context),
            Self::List(command) => command.run(context),
            Self::Revoke(command) => command.run(context),
        }
    }
}

impl Pair {
    fn run(self, context: &Context) -> Outcome {
        let opened = project::open(context)?;
        let right = self.right(&opened.project)?;
        if self.ttl.duration().is_zero() || self.ttl.duration() > LONGEST {
            return Err(Failure::no("a code lives from a moment to a day; `--ttl` says how long"));
        }
        let now = millis(context);
        let expires = now + self.ttl.millis();
        let event = audit::done(Action::BridgePair)
            .with(Detail::Kind, right.kind())
            .with(Detail::Expires, moment(expires));
        let event = match &self.name {
            Some(name) => event.about(name),
            None => event,
        };
        let bridges = Bridges::new(opened.layout);
        let code = audit::around(context, Log::Project, vec![event], || {
            bridges.pair(self.name.clone(), right.clone(), now, expires).map_err(|error| failed(&error))
        })?;
        if self.format.json {
            let expires = moment(expires);
            context.printer.json(&json!({
                "schemaVersion": 1, "code": code, "name": self.name, "right": right, "expires": expires,
            }))?;
            return Ok(Status::Done);
        }
        context.printer.data(code)?;
        let (may, ttl) = (may(&right), self.ttl);
        context.printer.note(format_args!("whoever redeems it within {ttl} may {may}; it works once"));
        Ok(Status::Done)
    }

    /// What the code is for; the project must have it.
    fn right(&self, project: &Project) -> Outcome<Right> {
        if let Some(scope) = self.scope {
            return Ok(Right::Rpc { scope: scope.into() });
        }
        if let Some(agent) = &self.agent {
            if !project.agents.contains_key(agent) {
                return Err(Failure::no(format_args!("there is no agent `{agent}` in wa.yaml")));
            }
            return Ok(Right::Agent { agent: agent.clone() });
        }
        let channel = self.channel.as_ref().map_or("console", ChannelName::as_str);
        let instance = self.instance.as_ref().map_or("default", InstanceName::as_str);
        let channels = &project.channels;
        let is_there = match channel {
            "console" => channels.console.enabled && instance == "default",
            "whatsapp" => channels.whatsapp.iter().any(|account| account.instance.as_str() == instance),
            _ => false,
        };
        if !is_there {
            let why =
                format!("there is no channel `{channel}` with the instance `{instance}` in this project");
            return Err(Failure::no(why));
        }
        Ok(Right::Bridge { channel: channel.to_owned(), instance: instance.to_owned() })
    }
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        let bridges = Bridges::new(project::layout(context)?);
        let (paired, waiting) = bridges.list(millis(context)).cannot("list the paired programs")?;
        if self.format.json {
            let paired: Vec<Value> = paired
                .iter()
                .map(|one| json!({ "id": one.id, "name": one.name, "right": one.right, "pairedAt": moment(one.paired_at) }))
                .collect();
            let waiting: Vec<Value> = waiting
                .iter()
                .map(|one| json!({ "name": one.name, "right": one.right, "expires": moment(one.expires) }))
                .collect();
            context.printer.json(&json!({ "schemaVersion": 1, "paired": paired, "waiting": waiting }))?;
            return Ok(Status::Done);
        }
        for one in paired {
            let line = format!("{:<20} may {}, since {}", one.name, may(&one.right), moment(one.paired_at));
            context.printer.data(plain(&line))?;
        }
        for one in waiting {
            let name = one.name.as_deref().unwrap_or("(a code)");
            let line = format!("{name:<20} waits until {}, to {}", moment(one.expires), may(&one.right));
            context.printer.data(plain(&line))?;
        }
        Ok(Status::Done)
    }
}

impl Revoke {
    fn run(self, context: &Context) -> Outcome {
        let bridges = Bridges::new(project::layout(context)?);
        let event = audit::done(Action::BridgeRevoke).about(&self.name);
        let gone = audit::around(context, Log::Project, vec![event], || {
            bridges.revoke(&self.name, millis(context)).map_err(|error| failed(&error))
        })?;
        let name = plain(&self.name);
        match gone {
            Some(_) => context
                .printer
                .note(format_args!("{name} is revoked: its token is worth nothing from now on")),
            None => context.printer.note(format_args!("the code for {name} is taken back")),
        }
        Ok(Status::Done)
    }
}

/// A rule's no is exit 1; a file that cannot be used is exit 2.
fn failed(error: &BridgeError) -> Failure {
    match error {
        BridgeError::File { .. }
        | BridgeError::Loose { .. }
        | BridgeError::Malformed { .. }
        | BridgeError::Random(_) => {
            Failure::could_not_run("cannot use the list of paired programs").because(error)
        }
        _ => Failure::no(plain(&error.to_string())),
    }
}

fn millis(context: &Context) -> u64 {
    let since = (context.clock)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A moment as RFC 3339.
fn moment(millis: u64) -> String {
    Moment::from(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).to_string()
}
