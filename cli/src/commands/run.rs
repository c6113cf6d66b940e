//! `wa run`

mod masking;
mod notices;
mod terminal_chat;

use std::sync::Arc;

use channel_whatsapp::Server;
use clap::Args;
use manifest_schema::names::PluginId;
use runtime_host::notice::{self, NoticeStream};
use runtime_host::{Components, Host, HostOptions, Notice, ProjectSet, Purpose, Timing, Trace};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::audit::Log;
use crate::context::Context;
use crate::failure::{Outcome, While};
use crate::project::{self, ProjectPlace};
use crate::status::Status;
pub(crate) use notices::{Notices, may};
pub(crate) use terminal_chat::{shown, typed_lines};

/// Run the project: its channels, its gates, and each plugin in its own sandbox
#[derive(Debug, Args)]
#[command(after_help = "SIGINT and SIGTERM stop it cleanly; SIGHUP reads the project again.\n\n\
                        On a terminal you can chat with the agent right here; elsewhere use `wa chat`.")]
pub(crate) struct Run {
    /// Print what happens as JSON, one event a line
    #[arg(long)]
    json: bool,

    /// Show the frames between the host and one plugin, without what they carry
    #[arg(long, value_name = "plugin=ID", value_parser = traced)]
    trace: Option<PluginId>,

    /// Connect WhatsApp accounts to a simulator on this machine, by the address that `wa simulator` prints
    #[arg(long, value_name = "ADDRESS")]
    simulator: Option<Server>,
}

fn traced(text: &str) -> Result<PluginId, String> {
    let id = text.strip_prefix("plugin=").ok_or("write it as plugin=ID")?;
    id.parse().map_err(|error: manifest_schema::names::NameError| error.to_string())
}

impl Run {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        runtime()?.block_on(self.serve(context))
    }

    async fn serve(self, context: &Context) -> Outcome {
        let mut signals = Signals::listen().cannot("listen for signals")?;
        let printer = context.printer;
        let trace =
            self.trace.map(|plugin| Trace { plugin, sink: Arc::new(move |line: &str| printer.note(line)) });
        if self.simulator.is_some() {
            printer.warning("WhatsApp accounts are on a simulator: nothing goes to WhatsApp");
        }
        let (host, mut stream) =
            start(context, trace, self.simulator.unwrap_or_default(), Purpose::Project).await?;
        let notices = Notices::new(printer, self.json);
        let chat = if self.json { None } else { terminal_chat::attach(&host, printer) };
        loop {
            tokio::select! {
                Some(notice) = stream.next() => notices.show(&notice)?,
                Some(()) = signals.hangup.recv() => reload(context, &host, &notices).await?,
                Some(()) = signals.interrupt.recv() => break,
                Some(()) = signals.terminate.recv() => break,
            }
        }
        drop(chat);
        stop(host, &mut stream, &notices).await?;
        printer.done("Stopped", "cleanly; what was not finished is in the journal");
        Ok(Status::Done)
    }
}

pub(crate) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Resolves when somebody wants the end.
    pub(crate) async fn end(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The event loop; only commands that run plugins start one.
pub(crate) fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .cannot("start the event loop")
}

/// Starts a host on the project at hand.
pub(crate) async fn start(
    context: &Context,
    trace: Option<Trace>,
    whatsapp: Server,
    purpose: Purpose,
) -> Outcome<(Host, NoticeStream)> {
    let (options, stream) = options(context, whatsapp, purpose)?;
    let host = Host::start(HostOptions { trace, ..options }).await.cannot("start the host")?;
    Ok((host, stream))
}

/// What a host on the project at hand is started with.
pub(crate) fn options(
    context: &Context,
    whatsapp: Server,
    purpose: Purpose,
) -> Outcome<(HostOptions, NoticeStream)> {
    let place = ProjectPlace::of(context)?;
    let (notices, stream) = notice::channel(1024);
    let options = HostOptions {
        layout: project::layout(context)?,
        set: load(&place)?,
        whatsapp,
        exe: context.program()?,
        components: components(context)?,
        search_path: Context::search_path(),
        version: project::VERSION.to_owned(),
        audit: Some(Log::Project.place(context)?),
        clock: Arc::new(context.clock),
        purpose,
        timing: Timing::default(),
        notices,
        trace: None,
        rehearsal: None,
        reload: Some(Arc::new(move || Ok(load(&place)?))),
    };
    Ok((options, stream))
}

/// What running components needs.
#[cfg(feature = "wasm")]
fn components(context: &Context) -> Outcome<Option<Components>> {
    Ok(Some(Components {
        directory: context.cache_home()?.join("compiled"),
        key_file: context.compiled_key()?,
        engine: runtime_worker::engine_fingerprint,
    }))
}

/// This `wa` has no engine for them.
#[cfg(not(feature = "wasm"))]
fn components(_: &Context) -> Outcome<Option<Components>> {
    Ok(None)
}

/// Reads and verifies the project.
fn load(place: &ProjectPlace) -> Outcome<ProjectSet> {
    let (open, _held) = place.open()?;
    let installed = open.installed();
    let secrets = place.surroundings();
    Ok(ProjectSet { project: open.project, installed, secrets })
}

pub(crate) async fn reload(context: &Context, host: &Host, notices: &Notices) -> Outcome<()> {
    let set = ProjectPlace::of(context).and_then(|place| load(&place));
    match set {
        // What came of it is told by a notice.
        Ok(set) => drop(host.reload(set).await),
        Err(failure) => notices.show(&Notice::ReloadRefused { reason: failure.to_string() })?,
    }
    Ok(())
}

/// Stops the host, and shows what happens until the last worker is gone.
pub(crate) async fn stop(host: Host, stream: &mut NoticeStream, notices: &Notices) -> Outcome<()> {
    let stopping = host.stop();
    tokio::pin!(stopping);
    loop {
        tokio::select! {
            () = &mut stopping => break,
            Some(notice) = stream.next() => notices.show(&notice)?,
        }
    }
    while let Some(notice) = stream.try_next() {
        notices.show(&notice)?;
    }
    Ok(())
}
