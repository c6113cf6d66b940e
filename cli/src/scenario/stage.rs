//! Where a scenario is played: a project of its own, gone afterwards, and a host on it that reaches no network.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use audit_log::Moment;
use channel_whatsapp::Server;
use manifest_schema::layout::Layout;
use manifest_schema::manifest::Manifest;
use manifest_schema::scenario::{HttpAnswer, Line as LineName, Scenario};
use runtime_host::client::Client;
use runtime_host::notice::NoticeStream;
use runtime_host::{DeclaredAnswer, Host, HostOptions, Notice, Purpose, Rehearsal};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::line::{Line, Phones};
use super::secrets;
use crate::commands::run;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::terminal::NoPrompts;

/// Where the account of a scenario on WhatsApp lives in its project.
const SESSION: &str = ".wa/agents/tester/whatsapp/default";

/// A project and a running host.
pub(crate) struct Stage {
    pub(super) host: Host,
    pub(super) client: Client,
    pub(super) stream: NoticeStream,
    pub(super) line: Line,
    pub(super) rehearsal: Arc<Rehearsal>,
    pub(super) clock: Option<StageClock>,
    /// The machine's clock.
    pub(super) machine: fn() -> SystemTime,
    pub(super) runtime: Arc<Runtime>,
    _place: TempDir,
}

/// The time of a scenario, in milliseconds since the epoch.
#[derive(Debug, Clone)]
pub(super) struct StageClock(Arc<AtomicU64>);

impl StageClock {
    pub(super) fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn set(&self, millis: u64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub(super) fn time(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }
}

impl Stage {
    /// Makes the project and starts the host.
    pub(crate) fn set(
        context: &Context,
        folder: &Path,
        manifest: &Manifest,
        scenario: &Scenario,
    ) -> Outcome<Self> {
        let place = tempfile::tempdir().cannot("make a temporary project")?;
        let config = secrets::hand_over(scenario, manifest, place.path())?;
        let file = project_file(folder, manifest, scenario.channel, &config);
        let layout = Layout::new(place.path());
        fs::write(layout.project_file(), file.to_string()).cannot("write a temporary project")?;
        let inner = context.elsewhere(place.path(), &place.path().join("config"), Box::new(NoPrompts));
        let clock = scenario.clock.as_deref().map(begins).transpose()?;
        let answers = scenario.http.iter().map(answer).collect::<Outcome<Vec<_>>>()?;
        let rehearsal = Arc::new(Rehearsal::new(answers, clock.is_some()));

        let runtime = Arc::new(run::runtime()?);
        let phones = match scenario.channel {
            LineName::Console => None,
            LineName::WhatsApp => Some(runtime.block_on(Phones::start(&place.path().join(SESSION)))?),
        };
        let server = phones.as_ref().map_or_else(Server::default, Phones::server);
        let (mut options, mut stream) = run::options(&inner, server, Purpose::Project)?;
        if let Some(clock) = clock.clone() {
            options.clock = Arc::new(move || StageClock::time(clock.now()));
        }
        let options = HostOptions { rehearsal: Some(Arc::clone(&rehearsal)), reload: None, ..options };
        let host = runtime.block_on(Host::start(options)).cannot("start the host")?;
        let client = project::running_host(&inner)?;
        let line = match phones {
            None => Line::console(&client)?,
            Some(phones) => {
                runtime.block_on(connected(&mut stream));
                Line::whatsapp(Arc::clone(&runtime), phones)
            }
        };
        let machine = context.clock;
        let stage = Self { host, client, stream, line, rehearsal, clock, machine, runtime, _place: place };
        stage.fill_storage(manifest, scenario)?;
        Ok(stage)
    }

    fn fill_storage(&self, manifest: &Manifest, scenario: &Scenario) -> Outcome<()> {
        let failed = |why: String| Failure::no(format_args!("cannot fill the plugin's storage: {why}"));
        for (key, value) in &scenario.storage {
            let plugin =
                self.host.rehearse(&manifest.id).ok_or_else(|| failed("it does not run".to_owned()))?;
            self.runtime.block_on(plugin.store(key, value)).map_err(failed)?;
        }
        Ok(())
    }

    /// Stops the host; what it noticed and nobody took yet.
    pub(crate) fn strike(mut self) -> Vec<Notice> {
        self.runtime.block_on(self.host.stop());
        std::iter::from_fn(|| self.stream.try_next()).collect()
    }
}

/// Waits until the account is connected, or the host is gone.
pub(crate) async fn connected(stream: &mut NoticeStream) {
    while let Some(notice) = stream.next().await {
        if matches!(notice, Notice::ChannelChanged { state: "connected", .. }) {
            return;
        }
    }
}

fn begins(text: &str) -> Outcome<StageClock> {
    let moment: Moment = text.parse().refused("read `clock`")?;
    Ok(StageClock(Arc::new(AtomicU64::new(moment.millis()))))
}

fn answer(answer: &HttpAnswer) -> Outcome<DeclaredAnswer> {
    let what = format_args!("declare the answer to `{}`", answer.request);
    if let Some(why) = &answer.fails {
        return DeclaredAnswer::failure(&answer.request, why).refused(what);
    }
    let mut headers = answer.headers.clone();
    let body = match (&answer.json, &answer.text) {
        (Some(json), _) => {
            headers.entry("content-type".to_owned()).or_insert_with(|| "application/json".to_owned());
            json.to_string()
        }
        (None, text) => text.clone().unwrap_or_default(),
    };
    DeclaredAnswer::new(&answer.request, answer.status.unwrap_or(200), headers, body).refused(what)
}

/// A project with the plugin alone, which gets what its manifest asks for.
fn project_file(folder: &Path, manifest: &Manifest, line: LineName, config: &Value) -> Value {
    let (channel, settings) = match line {
        LineName::Console => ("console", json!({ "enabled": true })),
        LineName::WhatsApp => (
            "whatsapp",
            json!({ "rate_limit": { "global_per_sec": 1000, "per_jid_per_sec": 1000, "burst": 1000 } }),
        ),
    };
    let mut agent = json!({ "bindings": [{ "channel": channel }], "tools": { "allow": ["*"] } });
    if manifest.agent {
        agent["handler"] = json!(manifest.id);
    }
    json!({
        "schema": 1,
        "agents": { "tester": agent },
        "plugins": { "entries": { manifest.id.as_ref(): { "source": folder, "config": config } } },
        "secrets": secrets::provider(),
        "policy": { "secretValues": "allow", "allowPrivateNetwork": manifest.permissions.network },
        "channels": { channel: settings },
        "server": { "bind": "127.0.0.1:0" },
    })
}
