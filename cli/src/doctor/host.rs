//! Checks of what a host does or has left: the plugins' health, the journal, its record, its port.

use std::collections::BTreeSet;
use std::io;
use std::net::TcpListener;

use manifest_schema::catalog::Enablement;
use manifest_schema::finding::{Finding, Severity};
use manifest_schema::rules;
use registry_index::load::Installed;
use runtime_host::health::{self, Health, State};
use runtime_host::running::{self, Presence};
use runtime_host::{QueueCounts, journal_counts};

use super::check::{Blocked, Repair, Seen, Verdict, because, plural};
use super::scene::Scene;

/// How the plugins fared when they last ran.
pub(super) fn health(scene: &Scene) -> Verdict {
    let (project, set) = (scene.project()?, scene.installed()?);
    let (mut findings, mut known) = (Vec::new(), BTreeSet::new());
    for plugin in &set.plugins {
        let path = scene.layout.health(&plugin.id);
        match health::read(&scene.layout, &plugin.id) {
            Ok(None) => {}
            Ok(Some(record)) if !known.insert(&plugin.id) || !is_about(&record, plugin) => {}
            Ok(Some(record)) => {
                let is_enabled = Enablement::of(project, &plugin.id).is_enabled();
                findings.extend(ailment(&record, is_enabled).map(|finding| finding.in_file(path)));
            }
            Err(error) => {
                let what = because(format_args!("the health of `{}` is unknown", plugin.id), &error);
                findings.push(Finding::new(&rules::UNREADABLE_STATE, what).in_file(path));
            }
        }
    }
    let summary =
        if known.is_empty() { "none has run yet".to_owned() } else { format!("{} known", known.len()) };
    Ok(Seen::new(summary).with(findings))
}

/// Another version than the recorded one may do better, or worse.
fn is_about(health: &Health, plugin: &Installed) -> bool {
    plugin.version().is_some_and(|version| version.to_string() == health.version)
}

/// What is wrong with a plugin, which matters less where it is disabled.
fn ailment(health: &Health, is_enabled: bool) -> Option<Finding> {
    let (rule, state) = match health.state {
        State::Running | State::Stopped => return None,
        State::Backoff => (&rules::BACKOFF, "failed when it last ran"),
        State::Quarantined => (&rules::QUARANTINED, "is quarantined"),
    };
    let Health { plugin, version, reason, .. } = health;
    let finding = Finding::new(rule, format!("`{plugin}` {version} {state}: {reason}"))
        .severity(if is_enabled { rule.severity } else { Severity::Info });
    Some(finding.help(format!("see its last words: `wa plugins inspect {plugin}`")))
}

/// What waits and what was given up.
pub(super) fn queue(scene: &Scene) -> Verdict {
    let path = scene.layout.journal();
    let counts = match journal_counts(&scene.layout) {
        Ok(None) => return Ok(Seen::new("no message yet")),
        Ok(Some(counts)) => counts,
        Err(error) => {
            let finding =
                Finding::new(&rules::UNREADABLE_STATE, because("the journal cannot be read", &error));
            return Ok(Seen::new("unreadable").with([finding.in_file(path)]));
        }
    };
    let QueueCounts { inbound_pending, inbound_dead, outbox_queued, outbox_dead } = counts;
    let mut seen = Seen::new(format!(
        "{inbound_pending} to handle, {outbox_queued} to send, {} given up",
        inbound_dead + outbox_dead
    ));
    if inbound_dead + outbox_dead > 0 {
        let message = format!("{inbound_dead} incoming and {outbox_dead} outgoing messages were given up");
        seen.report.push(Finding::new(&rules::DEAD_LETTERS, message).in_file(&path));
    }
    let is_idle = matches!(running::presence(&scene.layout), Ok(Presence::Absent | Presence::Stale));
    if is_idle && inbound_pending + outbox_queued > 0 {
        let waiting = usize::try_from(inbound_pending + outbox_queued).unwrap_or(usize::MAX);
        let message = format!("{} in the queue, and no host runs", plural(waiting, "message"));
        seen.report.push(Finding::new(&rules::WAITING_MESSAGES, message).in_file(&path).help("`wa run`"));
    }
    Ok(seen)
}

/// Whether a host runs, by its lock, and whether its record says the same.
pub(super) fn presence(scene: &Scene) -> Verdict {
    let record = scene.layout.run_dir().join("host.json");
    Ok(match running::presence(&scene.layout) {
        Ok(Presence::Absent) => Seen::new("none"),
        Ok(Presence::Starting) => Seen::new("starting"),
        Ok(Presence::Running(running)) => {
            Seen::new(format!("pid {}, http://{}", running.pid, running.gateway))
        }
        Ok(Presence::Stale) => {
            let finding =
                Finding::new(&rules::STALE_RUN_FILE, "no host runs, but the record of one is there");
            Seen::new("none").with([finding
                .in_file(record)
                .help("`wa doctor --fix` removes it, and so does the next host")])
        }
        Err(error) => {
            let finding =
                Finding::new(&rules::UNREADABLE_STATE, because("the running host cannot be reached", &error));
            Seen::new("unknown").with([finding.in_file(record).help("stop the host and start it again")])
        }
    })
}

pub(super) fn remove_stale_record(scene: &Scene) -> Vec<Repair> {
    match running::presence(&scene.layout) {
        Ok(Presence::Stale) => {
            let what = "the record of a host that was killed: removed".to_owned();
            vec![Repair::new(what, running::remove_stale(&scene.layout))]
        }
        _ => Vec::new(),
    }
}

/// Whether a host could listen at the gateway's address. Nothing is sent and nobody is let in.
pub(super) fn port(scene: &Scene) -> Verdict {
    let bind = scene.project()?.server.bind;
    match running::presence(&scene.layout) {
        Ok(Presence::Absent | Presence::Stale) => {}
        Ok(Presence::Starting | Presence::Running(_)) => return Ok(Seen::new("held by the running host")),
        Err(_) => return Err(Blocked("nobody can tell whether a host runs".to_owned())),
    }
    if bind.port() == 0 {
        return Ok(Seen::new("any free one"));
    }
    Ok(match TcpListener::bind(bind) {
        Ok(_) => Seen::new(format!("{bind} is free")),
        Err(error) => {
            let why = match error.kind() {
                io::ErrorKind::AddrInUse => "another program has it".to_owned(),
                _ => error.to_string(),
            };
            let finding =
                Finding::new(&rules::PORT_TAKEN, format!("the gateway cannot listen at {bind}: {why}"));
            let finding = finding.in_file(scene.layout.project_file()).pointer("/server/bind");
            Seen::new("not free")
                .with([finding.help("choose another port in `server.bind`, or 0 for any free one")])
        }
    })
}
