//! `wa setup pair whatsapp`

mod page;
mod progress;
mod tunnel;

use std::path::PathBuf;
use std::time::Duration;

use audit_log::{Action, Detail, Event, Outcome as Done};
use channel_whatsapp::{PairingError, PairingOptions, Server, Session, SessionError, pair};
use clap::Args;
use manifest_schema::names::{AgentName, InstanceName};
use manifest_schema::project::{Project, PublicTunnel, WhatsAppChannel};
use tokio::sync::mpsc;

use self::page::Page;
use self::progress::Show;
use self::tunnel::Tunnel;
use crate::audit::{self, Log};
use crate::commands::run::{self, Signals};
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::status::Status;

/// What to do on the phone.
const STEPS: &str = "On the phone: WhatsApp, Settings, Linked devices, Link a device";

/// Pair a WhatsApp account with an agent
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wa setup pair whatsapp --agent ana\n  \
                        wa setup pair whatsapp --agent ana --phone +573001112233   (a code instead of the QR code)\n\n\
                        Exits 0 when paired, 4 when nobody agreed in time or WhatsApp refused, 2 when there is no\n\
                        connection. A pairing that does not succeed leaves what was paired before as it was.")]
pub(crate) struct PairWhatsApp {
    /// The agent that will answer for the account
    #[arg(long, value_name = "NAME")]
    agent: AgentName,

    /// The account, where the agent is bound to several
    #[arg(long, value_name = "NAME")]
    instance: Option<InstanceName>,

    /// Show a code to type into the phone with this number, instead of a QR code
    #[arg(long, value_name = "NUMBER", value_parser = digits)]
    phone: Option<String>,

    /// Write the QR code into this file as a picture, too
    #[arg(long, value_name = "FILE", conflicts_with = "phone")]
    qr_png: Option<PathBuf>,

    /// Show it on a page for a browser on this machine, too
    #[arg(long)]
    web: bool,

    /// Seconds to wait for the phone
    #[arg(long, value_name = "SECONDS", default_value = "180", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,

    /// Pair anew although an account is paired; the old one is given up when the new one works
    #[arg(long)]
    replace: bool,

    /// Print what happens as JSON, one event a line
    #[arg(long)]
    json: bool,

    /// A simulator's address, as `wa simulator` prints it; for tests of wa itself
    #[arg(long, value_name = "ADDRESS", hide = true)]
    simulator: Option<Server>,
}

/// A phone number as WhatsApp wants it.
fn digits(text: &str) -> Result<String, String> {
    let digits: String = text.chars().filter(|c| !" +-().".contains(*c)).collect();
    let fits = (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(digits) } else { Err("write it as +573001112233, with the country's code".to_owned()) }
}

impl PairWhatsApp {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let open = project::open(context)?;
        let account = self.account(&open.project)?;
        let layout = project::layout(context)?;
        let session = Session::of(&open.project.whatsapp_session(&layout, account));
        let before = session.credentials().cannot("read the account's credentials")?;
        let paired = before.and_then(|credentials| credentials.account);
        if let Some(paired) = &paired
            && !self.replace
        {
            return Err(Failure::no(format_args!("{} is paired already", progress::number(paired)))
                .hint("`--replace` pairs it anew; the old pairing is kept until the new one works"));
        }
        let tunnel = account.public_tunnel.clone();
        let agent = self.agent.clone();
        let event = |action, outcome| {
            Event::new(audit::operator(), action, outcome)
                .about(&agent)
                .with(Detail::Channel, "whatsapp")
                .with(Detail::Instance, account.instance.as_str())
        };
        audit::record(context, Log::Project, vec![event(Action::PairingStart, Done::Done)])?;
        let ended = run::runtime()?.block_on(self.pair(context, &session, &tunnel));
        let (action, outcome) = match (&ended, paired) {
            (Ok(_), Some(_)) => (Action::PairingReplace, Done::Done),
            (Ok(_), None) => (Action::PairingDone, Done::Done),
            (Err(failure), _) if failure.status == Status::NotAgreed => (Action::PairingFail, Done::Refused),
            (Err(_), _) => (Action::PairingFail, Done::Failed),
        };
        // It is done or not by now, whatever becomes of the record.
        if let Err(failure) = audit::record(context, Log::Project, vec![event(action, outcome)]) {
            context.printer.warning(failure);
        }
        ended
    }

    /// The account that the agent is bound to.
    fn account<'a>(&self, project: &'a Project) -> Outcome<&'a WhatsAppChannel> {
        let listed = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let Some(agent) = project.agents.get(&self.agent) else {
            let known = listed(project.agents.keys().map(ToString::to_string).collect());
            return Err(Failure::no(format_args!("there is no agent `{}`", self.agent))
                .hint(format_args!("the agents of wa.yaml: {known}")));
        };
        let bound: Vec<&InstanceName> = agent
            .bindings
            .iter()
            .filter(|binding| binding.channel.as_str() == "whatsapp")
            .map(|binding| &binding.instance)
            .collect();
        let names = || listed(bound.iter().map(ToString::to_string).collect());
        let instance = match (&self.instance, bound.as_slice()) {
            (Some(named), bound) if bound.contains(&named) => named,
            (Some(named), _) => {
                let message =
                    format!("agent `{}` is not bound to the WhatsApp account `{named}`", self.agent);
                return Err(Failure::no(message).hint(format_args!("it is bound to: {}", names())));
            }
            (None, [only]) => only,
            (None, []) => {
                return Err(Failure::no(format_args!("agent `{}` is bound to no WhatsApp account", self.agent))
                    .hint(format_args!(
                        "add `{{ channel: whatsapp }}` to agents.{}.bindings in wa.yaml, and `whatsapp: {{}}` to channels",
                        self.agent
                    )));
            }
            (None, _) => {
                let message = format!("agent `{}` is bound to several WhatsApp accounts", self.agent);
                return Err(Failure::no(message).hint(format_args!("name one with --instance: {}", names())));
            }
        };
        project.channels.whatsapp.iter().find(|account| account.instance == *instance).ok_or_else(|| {
            Failure::no(format_args!("channels.whatsapp in wa.yaml has no account `{instance}`"))
                .hint(format_args!("add `whatsapp: {{ instance: {instance} }}` to channels"))
        })
    }

    async fn pair(self, context: &Context, session: &Session, tunnel: &PublicTunnel) -> Outcome {
        // From here on, so that none is missed between two looks at what happens.
        let mut signals = Signals::listen().cannot("listen for signals")?;
        let (told, mut events) = mpsc::unbounded_channel();
        let options = PairingOptions {
            server: self.simulator.unwrap_or_default(),
            phone: self.phone,
            timeout: Duration::from_secs(self.timeout),
            command: "wa setup pair whatsapp".to_owned(),
        };
        let mut show = Show::new(context.printer, self.json, self.qr_png);
        if self.simulator.is_some() {
            context.printer.warning("this pairs with a simulator, not with WhatsApp");
        }
        let mut outside = None;
        if self.web || tunnel.enabled {
            let page = Page::serve().await?;
            if tunnel.enabled {
                outside = Some(Tunnel::open(page.address()).await?);
            }
            show.on_page(page, outside.as_ref())?;
        }
        let pairing = pair(session, options, told);
        tokio::pin!(pairing);
        let mut second = tokio::time::interval(Duration::from_secs(1));
        let ended = loop {
            tokio::select! {
                ended = &mut pairing => break ended,
                Some(event) = events.recv() => show.event(&event)?,
                _ = second.tick() => show.tick(),
                () = signals.end() => break Err(PairingError::Refused("cancelled".to_owned())),
            }
        };
        match ended {
            Ok(account) => {
                show.paired(&account, &self.agent)?;
                if outside.is_some() && !tunnel.only_until_paired {
                    context.printer.note("the page stays until Ctrl-C");
                    signals.end().await;
                }
                show.end(format!("{} is paired.", progress::number(&account))).await;
                Ok(Status::Done)
            }
            Err(error) => {
                show.failed(&error)?;
                show.end(format!("Not paired: {error}")).await;
                Err(failure(&error))
            }
        }
    }
}

fn failure(error: &PairingError) -> Failure {
    let failure = match error {
        PairingError::Expired | PairingError::Refused(_) => Failure::not_agreed("no account was paired"),
        PairingError::Session(SessionError::InUse(_)) => Failure::no("no account was paired"),
        _ => Failure::could_not_run("no account was paired"),
    };
    let failure = failure.because(error);
    match error {
        PairingError::Session(SessionError::InUse(holder)) => {
            failure.hint(format_args!("stop process {} first", holder.pid))
        }
        _ => failure,
    }
}
