//! `wa plugins test --contract KIND`

use std::fs;
use std::path::Path;

use channel_whatsapp::Server;
use manifest_schema::contract::{self, Case};
use manifest_schema::layout::Layout;
use manifest_schema::manifest::{CapabilityKind, Manifest};
use manifest_schema::source::Source;
use manifest_schema::tree;
use runtime_host::Purpose;
use runtime_host::client::Client;
use serde_json::{Map, Value, json};

use super::test;
use crate::commands::run;
use crate::context::Context;
use crate::contract::{Played, Provider};
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::status::Status;
use crate::terminal::{NoPrompts, plain};

/// The address in requests of a plugin that names no origin of its own.
const ORIGIN: &str = "https://example.com";

/// What is tried, and how it is told.
pub(super) struct Contract<'a> {
    pub(super) path: &'a Path,
    pub(super) kind: CapabilityKind,
    /// A file with the plugin's configuration.
    pub(super) config: Option<&'a Path>,
    pub(super) json: bool,
}

/// One case of one capability.
struct CaseResult<'a> {
    id: &'a str,
    name: String,
    outcome: Result<Played, String>,
}

impl Contract<'_> {
    /// Plays the contract's cases against each capability of the kind, in a project of its own that is gone afterwards.
    pub(super) fn run(&self, context: &Context) -> Outcome {
        let manifest = test::checked(context, self.path)?;
        let offered = manifest.capabilities.get(&self.kind).map(Vec::as_slice).unwrap_or_default();
        if offered.is_empty() {
            let why = format_args!("plugin `{}` offers no `{}`", manifest.id, self.kind);
            return Err(Failure::no(why).hint("`capabilities` in its manifest says what it offers"));
        }
        let place = tempfile::tempdir().cannot("make a temporary project")?;
        let layout = Layout::new(place.path());
        let folder = self.path.canonicalize().cannot(format_args!("find {}", self.path.display()))?;
        let file = project_file(&folder, &manifest, self.configuration()?);
        fs::write(layout.project_file(), file.to_string()).cannot("write a temporary project")?;
        let inner = context.elsewhere(place.path(), &place.path().join("config"), Box::new(NoPrompts));
        let runtime = run::runtime()?;
        let (host, mut stream) =
            runtime.block_on(run::start(&inner, None, Server::default(), Purpose::Project))?;
        host.try_contracts();
        let client = project::running_host(&inner)?;
        let origin = origin(&manifest);
        let mut results = Vec::new();
        for one in offered {
            let provider = Provider { client: &client, kind: self.kind, id: &one.id, origin: &origin };
            results.extend(cases(&provider, &manifest));
        }
        runtime.block_on(host.stop());
        if results.iter().any(|result| result.outcome.is_err()) {
            test::tell(context, &mut stream)?;
        }
        self.show(context, &manifest, &results)
    }

    fn configuration(&self) -> Outcome<Map<String, Value>> {
        let Some(path) = self.config else { return Ok(Map::new()) };
        let what = format!("read {}", path.display());
        let source = Source::read(path).cannot(&what)?;
        let tree = tree::parse(&source)
            .map_err(|finding| Failure::no(format_args!("cannot {what}: {}", finding.message)))?;
        match tree.to_json() {
            Value::Object(members) => Ok(members),
            _ => Err(Failure::no(format_args!("cannot {what}: it is not a mapping"))),
        }
    }

    fn show(&self, context: &Context, manifest: &Manifest, results: &[CaseResult<'_>]) -> Outcome {
        let failed = results.iter().filter(|result| result.outcome.is_err()).count();
        let mut listed = Vec::new();
        for CaseResult { id, name, outcome } in results {
            if self.json {
                let (ok, passed) = (outcome.is_ok(), outcome == &Ok(Played::Passed));
                let why = outcome.as_ref().err();
                listed.push(
                    json!({ "capability": id, "case": name, "ok": ok, "unsupported": passed, "why": why }),
                );
                continue;
            }
            context.printer.data(plain(&match outcome {
                Ok(Played::Done) => format!("ok    {}/{id}: {name}", self.kind),
                Ok(Played::Passed) => format!("--    {}/{id}: {name}: unsupported", self.kind),
                Err(why) => format!("FAIL  {}/{id}: {name}\n      {why}", self.kind),
            }))?;
        }
        if self.json {
            let report = json!({
                "schemaVersion": 1, "plugin": manifest.id, "contract": self.kind, "cases": listed,
            });
            context.printer.json(&report)?;
        }
        context.printer.note(format_args!("{} passed, {failed} failed", results.len() - failed));
        Ok(if failed == 0 { Status::Done } else { Status::No })
    }
}

/// Plays all cases of a provider, and looks at what became of its worker.
fn cases<'a>(provider: &Provider<'a>, manifest: &Manifest) -> Vec<CaseResult<'a>> {
    let id = provider.id;
    let play = |case: Case| {
        let outcome = provider.play(&case);
        CaseResult { id, name: case.name, outcome }
    };
    let mut results: Vec<CaseResult<'a>> = contract::cases(provider.kind).into_iter().map(play).collect();
    if results.iter().any(|result| result.outcome == Ok(Played::Passed)) && !answered(provider, &results) {
        let outcome = Err("everything that may be unsupported is".to_owned());
        results.push(CaseResult { id, name: "something is answered".to_owned(), outcome });
    }
    let outcome = survived(provider.client, manifest).map(|()| Played::Done);
    results.push(CaseResult { id, name: "each call kept its deadline".to_owned(), outcome });
    results
}

/// Whether any case that may be unsupported was answered.
fn answered(provider: &Provider<'_>, results: &[CaseResult<'_>]) -> bool {
    let mut may_pass = contract::cases(provider.kind).into_iter().filter(|case| !case.allow.is_empty());
    may_pass.any(|case| {
        results.iter().any(|result| result.name == case.name && result.outcome == Ok(Played::Done))
    })
}

/// A worker that misses a deadline, floods or breaks the protocol is killed, and the host counts it.
fn survived(client: &Client, manifest: &Manifest) -> Result<(), String> {
    let status = client.status().map_err(|error| error.to_string())?;
    let plugin = status.plugins.into_iter().find(|plugin| plugin.id == manifest.id.as_str());
    match plugin {
        Some(plugin) if plugin.counters.crashes == 0 => Ok(()),
        Some(plugin) => Err(format!("the worker ended {} times: {}", plugin.counters.crashes, plugin.reason)),
        None => Err("the host does not know the plugin".to_owned()),
    }
}

/// An origin that the plugin may reach, for requests that name an address.
fn origin(manifest: &Manifest) -> String {
    let mut origins = manifest.permissions.network.iter().map(ToString::to_string);
    origins.find(|origin| !origin.contains('*')).unwrap_or_else(|| ORIGIN.to_owned())
}

/// A project with the plugin alone, which may reach what its manifest names, in private networks too.
fn project_file(folder: &Path, manifest: &Manifest, config: Map<String, Value>) -> Value {
    json!({
        "schema": 1,
        "plugins": { "entries": { manifest.id.as_ref(): { "source": folder, "config": config } } },
        "policy": { "allowPrivateNetwork": manifest.permissions.network },
        "channels": { "console": { "enabled": false } },
        "server": { "bind": "127.0.0.1:0" },
    })
}
