//! The host's way into the audit log: one handle for all, one thread that writes, many records at once.
//!
//! An act that must not happen unrecorded asks [`Audit::secure`] or [`Audit::record`] first and is given up where that fails. What has
//! happened already, or must happen whatever comes, is told to [`Audit::note`].

mod writer;

use crate::{clock::Clock, notice::Notices};
use audit_log::{Action, Actor, AuditLog, Detail, Durability, Entry, Event, Limits, LogError, Place};
use manifest_schema::names::PluginId;
use runtime_protocol::{Fetch, HostCall, HostMethod};
use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use writer::Writer;

/// Notes that may wait for the disk; more are counted and dropped.
const MAX_NOTES: u64 = 4096;
/// Records of one plugin's refused calls of one method in one [`WINDOW`]; the rest are counted.
const MAX_REFUSED: u64 = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// Something could not be recorded, so it is not done.
#[derive(Debug, Clone, thiserror::Error)]
#[error("it cannot be recorded in the audit log, so it is not done")]
pub struct AuditError(#[source] Arc<LogError>);

/// The handle. Without a log it takes everything and keeps nothing, which is for measurements.
pub(crate) struct Audit {
    requests: Option<Sender<Request>>,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
    refused: Mutex<HashMap<(PluginId, &'static str), Refused>>,
}

#[derive(Default)]
struct Shared {
    notes: AtomicU64,
    missed: AtomicU64,
}

/// Refused calls of one plugin and method.
struct Refused {
    since: Instant,
    count: u64,
}

type Reply = oneshot::Sender<Result<(), AuditError>>;

enum Request {
    Record { entry: Entry, durability: Durability, reply: Option<Reply> },
    Flush(oneshot::Sender<()>),
}

impl Audit {
    /// Opens the log of the project.
    pub(crate) fn open(
        place: Option<Place>,
        clock: Arc<dyn Clock>,
        notices: Notices,
    ) -> Result<Self, LogError> {
        let shared = Arc::<Shared>::default();
        let requests = match place {
            None => None,
            Some(place) => {
                let folder = place.folder.clone();
                let log = AuditLog::open(place, Limits::default(), clock.now().into())?;
                let (sender, queue) = mpsc::channel();
                let writer = Writer {
                    log,
                    clock: Arc::clone(&clock),
                    notices,
                    shared: Arc::clone(&shared),
                    is_failing: false,
                };
                let spawned =
                    thread::Builder::new().name("wa-audit".into()).spawn(move || writer.run(&queue));
                let what = "start the thread that writes";
                spawned.map_err(|source| LogError::Io { what, path: folder, source })?;
                Some(sender)
            }
        };
        Ok(Self { requests, clock, shared, refused: Mutex::default() })
    }

    /// Records an act before it is done; on the disk when this returns.
    pub(crate) async fn secure(&self, event: Event) -> Result<(), AuditError> {
        self.ask(event, Durability::Synced).await
    }

    /// Records an act before it is done, of a kind that every message brings: in the file when this returns, on the disk within a
    /// second.
    pub(crate) async fn record(&self, event: Event) -> Result<(), AuditError> {
        self.ask(event, Durability::Written).await
    }

    /// Records what nobody can refuse any more. Never waits; written before whatever is recorded after it.
    pub(crate) fn note(&self, event: Event) {
        let Some(requests) = &self.requests else { return };
        if self.shared.notes.load(Ordering::Relaxed) >= MAX_NOTES {
            self.shared.missed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.shared.notes.fetch_add(1, Ordering::Relaxed);
        let durability =
            if is_of_a_message(event.action()) { Durability::Written } else { Durability::Synced };
        let _ = requests.send(Request::Record { entry: self.entry(event), durability, reply: None });
    }

    /// Records that a host call was refused. A plugin that asks again and again fills no disk: it is counted.
    pub(crate) fn note_refused(&self, plugin: &PluginId, call: &HostCall) {
        let method = call.method.as_str();
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let seen =
            refused.entry((plugin.clone(), method)).or_insert_with(|| Refused { since: now, count: 0 });
        let mut similar = 0;
        if now.duration_since(seen.since) > WINDOW {
            similar = seen.count.saturating_sub(MAX_REFUSED);
            *seen = Refused { since: now, count: 0 };
        }
        seen.count += 1;
        if seen.count <= MAX_REFUSED {
            let actor = Actor::Plugin(plugin.to_string());
            let mut event = Event::refused(actor, Action::HostCallRefuse).plugin(plugin).about(method);
            if let Some(origin) = wanted_origin(call) {
                event = event.with(Detail::Origin, origin);
            }
            self.note(if similar > 0 { event.with(Detail::Similar, similar) } else { event });
        }
    }

    /// Resolves once everything given before is on disk, and a checkpoint of it is written.
    pub(crate) async fn flush(&self) {
        let (done, finished) = oneshot::channel();
        if let Some(requests) = &self.requests
            && requests.send(Request::Flush(done)).is_ok()
        {
            let _ = finished.await;
        }
    }

    fn entry(&self, event: Event) -> Entry {
        Entry { at: self.clock.now().into(), event }
    }

    async fn ask(&self, event: Event, durability: Durability) -> Result<(), AuditError> {
        let Some(requests) = &self.requests else { return Ok(()) };
        let (reply, answer) = oneshot::channel();
        let entry = self.entry(event);
        let gone = |_| AuditError(Arc::new(stopped()));
        requests
            .send(Request::Record { entry, durability, reply: Some(reply) })
            .map_err(|_| AuditError(Arc::new(stopped())))?;
        answer.await.map_err(gone)?
    }
}

fn stopped() -> LogError {
    let source = io::ErrorKind::BrokenPipe.into();
    LogError::Io { what: "reach the thread that writes", path: "the audit log".into(), source }
}

/// Where a fetch would have gone: the origin alone, since the rest of an address may hold anything.
fn wanted_origin(call: &HostCall) -> Option<String> {
    if call.method != HostMethod::Fetch {
        return None;
    }
    let request: Fetch = serde_json::from_str(call.params.get()).ok()?;
    Some(reqwest::Url::parse(&request.url).ok()?.origin().ascii_serialization())
}

/// Whether every message may bring one of these.
fn is_of_a_message(action: Action) -> bool {
    matches!(
        action,
        Action::GateChange
            | Action::GateBlock
            | Action::GateFail
            | Action::MessageSend
            | Action::MessageGiveUp
    )
}
