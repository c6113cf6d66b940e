//! How a host comes up.

use super::{Host, Inner, announce_refused};
use crate::{
    audit::{Audit, AuditError},
    bridge::{Attempts, Bridges},
    bus::EmbeddedBus,
    channel::{self, Channel, Console, PluginChannel, WhatsApp},
    compiled::Compiled,
    core::{Core, HostApi},
    forward::Forwarder,
    gateway::{self, Token},
    health::HealthWriter,
    identity,
    journal::{Journal, JournalError},
    native::Native,
    notice::Notice,
    options::{HostOptions, Purpose},
    running::{HostLock, Running, RunningError},
    secrets,
    set::RunningSet,
    standing::Standing,
    worker::{Environment, HostCalls, Spawner},
};
use audit_log::{Action, Actor, Detail, Event};
use manifest_schema::{catalog::Need, project::Project};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::AtomicBool},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::Instant};

/// The argument that makes the binary a worker.
const WORKER_ARGUMENT: &str = "__worker";

/// Why a host did not start. Nothing of it runs then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another host runs on the project, or its run files cannot be used.
    #[error(transparent)]
    Running(#[from] RunningError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The audit log cannot be used.
    #[error("the audit log cannot be used, and nothing runs without it")]
    Audit(#[from] audit_log::LogError),
    /// That the host starts cannot be recorded.
    #[error(transparent)]
    NotRecorded(#[from] AuditError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}; `server.bind` in wa.yaml sets the gateway's address")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system refused something that every host needs.
    #[error("cannot {what}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl Host {
    /// Starts a host; must be called inside a tokio runtime. When it returns, messages and requests are taken. No plugin has been
    /// started yet.
    ///
    /// # Errors
    /// Any [`StartError`]. A plugin that cannot take part is no error: it is a [`Notice::PluginRefused`].
    pub async fn start(options: HostOptions) -> Result<Self, StartError> {
        let system = |what| move |source| StartError::System { what, source };
        let (lock, purpose) = (HostLock::take(&options.layout)?, options.purpose);
        let mut set = options.set;
        if purpose == Purpose::Command {
            without_channels(&mut set.project);
        }
        let token = Token::new(identity::token().map_err(system("read random bytes for the token"))?);
        let gateway = bind(set.project.server.bind).await?;
        let console = match set.project.channels.console.enabled {
            true => Some(bind((Ipv4Addr::LOCALHOST, 0).into()).await?),
            false => None,
        };
        let audit = Audit::open(options.audit, Arc::clone(&options.clock), options.notices.clone())?;
        let (journal, accepted) = Journal::open(&options.layout.journal())?;
        let native = Native::new(options.layout.processes(), options.search_path);
        native.sweep().map_err(system("remove what commands ran from in an earlier host"))?;
        let spawner = Spawner::new(options.exe, WORKER_ARGUMENT);
        let environment = Arc::new(Environment {
            compiled: Arc::new(Compiled::new(options.components)),
            spawner: spawner.map_err(system("start the thread that starts workers"))?,
            native,
            timing: options.timing,
            clock: options.clock,
            audit,
            health: HealthWriter::start(options.layout.clone(), options.notices.clone()),
            rehearsal: options.rehearsal,
            trace: options.trace.map(|trace| trace.redacted(options.notices.clone())),
            notices: options.notices,
        });
        let empty = RunningSet::empty(set.project.clone());
        let bus = EmbeddedBus::new(Arc::new(RunningSet::empty(set.project.clone())));
        let core = Arc::new(Core::new(environment, options.layout, bus, journal));
        let api: Arc<dyn HostCalls> = Arc::new(HostApi(Arc::downgrade(&core)));
        let host = Arc::downgrade(&api);
        let whatsapp = WhatsApp::of(&set.project, &core, options.whatsapp);
        let notices = &core.environment.notices;
        let secrets = secrets::resolve(&set, Arc::clone(&empty.secrets), notices).await;
        let (layout, environment) = (&core.layout, &core.environment);
        let built =
            RunningSet::build(set.project, set.installed, secrets, layout, environment, &host, &empty);
        notices.redaction().learn(built.set.secret_values());
        announce_refused(&core, &built.set, &empty);
        let plugins = built.set.plugins.len();
        core.bus.replace(Arc::new(built.set));

        let inner = Arc::new(Inner {
            whatsapp,
            standing: Standing::default(),
            core: Arc::clone(&core),
            token,
            bridges: Bridges::new(core.layout.clone()),
            redeeming: Attempts::default(),
            forwarder: Forwarder::default(),
            stopping: AtomicBool::new(false),
            api,
            loader: options.reload,
            reloading: tokio::sync::Mutex::default(),
            version: options.version,
            started: Instant::now(),
        });
        let event = Event::done(Actor::Host, Action::HostStart)
            .with(Detail::Version, inner.version.as_str())
            .with(Detail::Pid, std::process::id());
        core.environment.audit.secure(event).await?;
        let opened = Opened::new(inner, gateway, console, system("ask for a bound address"))?;
        if purpose == Purpose::Command {
            opened.publish(&lock).map_err(system("write `.wa/run/host.json`"))?;
            return Ok(opened.serve(lock));
        }
        opened.inner.forwarder.follow(&core, &core.bus.set()).await?;
        core.begin(opened.channels(), accepted).await?;
        opened.publish(&lock).map_err(system("write `.wa/run/host.json`"))?;
        let address = opened.gateway_address;
        opened.inner.core.announce("core.starting", json!({}));
        let notice =
            Notice::Ready { gateway: format!("http://{address}"), console: opened.console_address, plugins };
        core.environment.notices.send(notice);
        for account in &opened.inner.whatsapp {
            account.open().await;
        }
        let inner = &opened.inner;
        inner.core.announce("core.started", json!({}));
        inner.standing.follow(&inner.core, &inner.core.bus.set()).await;
        for channel in opened.channels().into_keys().map(|(channel, _)| channel).collect::<BTreeSet<_>>() {
            inner.core.warm_for(&Need::Channel(channel));
        }
        inner.core.warm_for(&Need::Startup);
        Ok(opened.serve(lock))
    }
}

/// A host for one command takes no messages, and no address that a project's host would want.
fn without_channels(project: &mut Project) {
    project.server.bind = (Ipv4Addr::LOCALHOST, 0).into();
    project.channels.console.enabled = false;
    project.channels.whatsapp.clear();
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// Everything bound, nothing served yet.
struct Opened {
    inner: Arc<Inner>,
    gateway: TcpListener,
    gateway_address: SocketAddr,
    console: Option<(Arc<Console>, TcpListener)>,
    console_address: Option<SocketAddr>,
}

impl Opened {
    fn new(
        inner: Arc<Inner>,
        gateway: TcpListener,
        console: Option<TcpListener>,
        failed: impl Fn(io::Error) -> StartError,
    ) -> Result<Self, StartError> {
        let gateway_address = gateway.local_addr().map_err(&failed)?;
        let console_address = console.as_ref().map(TcpListener::local_addr).transpose().map_err(&failed)?;
        let ack = inner.core.environment.timing.channel_ack;
        let console = console.map(|listener| (Console::new(Arc::downgrade(&inner.core), ack), listener));
        Ok(Self { inner, gateway, gateway_address, console, console_address })
    }

    fn channels(&self) -> BTreeMap<(String, String), Arc<dyn Channel>> {
        let console = self.console.iter().map(|(console, _)| {
            let account = (channel::console::CHANNEL.to_owned(), channel::console::INSTANCE.to_owned());
            (account, Arc::clone(console) as Arc<dyn Channel>)
        });
        let whatsapp = self.inner.whatsapp.iter().map(|account| {
            let name = (channel::whatsapp::CHANNEL.to_owned(), account.instance.clone());
            (name, Arc::clone(account) as Arc<dyn Channel>)
        });
        let core = &self.inner.core;
        let plugins = PluginChannel::of(&core.bus.set(), core).into_iter().map(|channel| {
            let account = (channel.name.clone(), PluginChannel::INSTANCE.to_owned());
            (account, channel as Arc<dyn Channel>)
        });
        // The channels of `wa` itself cannot be taken over.
        plugins.chain(console).chain(whatsapp).collect()
    }

    fn publish(&self, lock: &HostLock) -> io::Result<()> {
        lock.publish(&Running {
            pid: std::process::id(),
            gateway: self.gateway_address,
            console: self.console_address,
            token: self.inner.token.reveal().to_owned(),
        })
    }

    fn serve(self, lock: HostLock) -> Host {
        let (stop, stopped) = watch::channel(false);
        let mut tasks: Vec<JoinHandle<()>> = Vec::new();
        let inner = Arc::clone(&self.inner);
        let gateway_stopped = stopped.clone();
        tasks.push(tokio::spawn(async move {
            // An accept error is waited out inside; there is no other.
            let _ = gateway::serve(self.gateway, inner, gateway_stopped).await;
        }));
        let console = self.console.map(|(console, listener)| {
            let (served, token) = (Arc::clone(&console), self.inner.token.clone());
            tasks.push(tokio::spawn(async move {
                let closing = Arc::clone(&served);
                tokio::select! {
                    () = channel::listen(listener, served, token) => {}
                    () = closing.closed() => {}
                }
            }));
            console
        });
        Host {
            inner: self.inner,
            console,
            gateway: self.gateway_address,
            console_address: self.console_address,
            stop,
            tasks,
            _lock: lock,
        }
    }
}
