//! Durable events a second through the full path: console, journal, gates, one JavaScript plugin, outbox, console.
//!
//! `cargo run --release -p runtime-host --example throughput [EVENTS] [CHATS] [INSTALLED] [on|off]`, on the disk of the temporary directory. The
//! plugin is the agent and stands at both gates, so each event is three calls. `INSTALLED` more plugins are there and unused; the last word says
//! whether there is an audit log.

use audit_log::Place;
use manifest_schema::{
    files::MemoryFiles,
    finding::Report,
    layout::Layout,
    manifest,
    project::{self, Project},
    source::{Source, Syntax},
};
use registry_index::{
    load::{Installed, InstalledSet, Loaded, Origin},
    refusal::TrustLevel,
};
use runtime_host::{Host, HostOptions, ProjectSet, Timing, notice};
use std::{
    error::Error,
    io::Write as _,
    process::ExitCode,
    sync::Arc,
    time::{Instant, SystemTime},
};

const PROJECT: &str = "
schema: 1
agents: { ana: { handler: desk, bindings: [{ channel: console }] } }
server: { bind: '127.0.0.1:0' }
policy: { sandbox: best-effort }
";

const MANIFEST: &str = "
schema: 1
version: 1.0.0
agent: true
hooks: [{ on: message.receiving, timeout: 10s }, { on: message.sending, timeout: 10s }]
runtime: { kind: js, entry: index.js, timeout: 10s }
configSchema: { type: object }
";

const CODE: &str = "
import { definePlugin } from 'wa';
export default definePlugin({
  hooks: {
    'message.receiving': (message) => ({ ...message, text: message.text.trim() }),
    'message.sending': (draft) => undefined,
  },
  agent: ({ message }) => ({ text: `echo: ${message.text}` }),
});";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("__worker") {
        return runtime_worker::run(runtime_worker::Role::JavaScript);
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).take(3).map(|text| text.parse::<usize>());
    let events = numbers.next().transpose()?.unwrap_or(50_000);
    let chats = numbers.next().transpose()?.unwrap_or(256);
    let installed = numbers.next().transpose()?.unwrap_or(0);
    let audited = std::env::args().nth(4).as_deref() == Some("on");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(events, chats, installed, audited))
}

async fn measure(events: usize, chats: usize, installed: usize, audited: bool) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut plugins = vec![plugin("desk")?];
    for n in 0..installed {
        plugins.push(plugin(&format!("unused-{n}"))?);
    }
    // The unused ones are for nothing: no agent names them, and they stand at no gate.
    for unused in plugins.iter_mut().skip(1).filter_map(|plugin| plugin.plugin.as_mut().ok()) {
        unused.manifest.hooks.clear();
    }
    let (notices, _stream) = notice::channel(1);
    let options = HostOptions {
        whatsapp: channel_whatsapp::Server::default(),
        layout: Layout::new(directory.path()),
        set: ProjectSet {
            project: parsed(PROJECT)?,
            installed: InstalledSet { plugins },
            secrets: secret_store::Surroundings {
                root: directory.path().to_owned(),
                home: None,
                variable: |_| None,
            },
        },
        exe: std::env::current_exe()?,
        components: None,
        search_path: Vec::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        audit: audited.then(|| {
            let layout = Layout::new(directory.path());
            Place { folder: layout.audit(), keys: directory.path().join("audit-keys") }
        }),
        clock: Arc::new(SystemTime::now),
        purpose: runtime_host::Purpose::Project,
        timing: Timing::default(),
        notices,
        trace: None,
        rehearsal: None,
        reload: None,
    };
    let begun = Instant::now();
    let host = Host::start(options).await?;
    let ready = begun.elapsed();
    let mut listener = host.attach_console(Vec::new()).ok_or("the console is disabled")?;
    let speaker = Arc::new(host.attach_console(vec!["nobody".to_owned()]).ok_or("the console is disabled")?);

    // The first event starts the worker.
    let begun = Instant::now();
    speaker.say("warm-up", None, "hi").await?;
    let line = listener.next().await.ok_or("the console is closed")?;
    listener.acknowledge(&line.id);
    let cold = begun.elapsed();

    let begun = Instant::now();
    for chat in 0..chats {
        let speaker = Arc::clone(&speaker);
        tokio::spawn(async move {
            for _ in (chat..events).step_by(chats) {
                let _ = speaker.say(&format!("chat-{chat}"), None, "where is my parcel?").await;
            }
        });
    }
    for _ in 0..events {
        let line = listener.next().await.ok_or("the console is closed")?;
        listener.acknowledge(&line.id);
    }
    let took = begun.elapsed();
    let rate = events as f64 / took.as_secs_f64();
    let mut out = std::io::stdout();
    writeln!(out, "ready with {} plugins: {ready:.1?}; first event: {cold:.1?}", installed + 1)?;
    writeln!(out, "{events} events in {chats} chats: {took:.2?}, {rate:.0} a second")?;
    host.stop().await;
    Ok(())
}

fn parsed(text: &str) -> Result<Project, Box<dyn Error>> {
    let (project, findings) = project::read(&Source::new("wa.yaml", text, Syntax::Yaml));
    project.ok_or_else(|| format!("{findings:?}").into())
}

fn plugin(id: &str) -> Result<Installed, Box<dyn Error>> {
    let text = format!("id: {id}\n{MANIFEST}");
    let (manifest, findings) = manifest::read(&Source::new("wa.plugin.yaml", text.as_str(), Syntax::Yaml));
    let manifest = manifest.ok_or_else(|| format!("{findings:?}"))?;
    let loaded = Loaded {
        trust: TrustLevel::UnsignedDev,
        signer: None,
        grant: manifest.permissions.clone(),
        manifest,
        files: [("index.js", CODE.as_bytes())].into_iter().collect::<MemoryFiles>(),
        foreign: None,
        report: Report::default(),
    };
    Ok(Installed { id: id.parse()?, origin: Origin::Directory(id.into()), plugin: Ok(loaded) })
}
