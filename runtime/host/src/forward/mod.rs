//! Forward streams: signed copies of what was said, sent by the host itself.
//!
//! The journal makes each copy in the commit of its event ([`record_of`]); one task a stream signs what waits and hands it to the
//! receiver, in order, until it is taken. No plugin and no tool can add a record.

mod copy;
mod deliver;

pub(crate) use copy::record_of;

use crate::{
    core::Core,
    fetch::{Fetcher, Origins, Reach},
    identity,
    journal::{JournalError, WantedStream},
    notice::Notice,
    set::RunningSet,
};
use audit_log::{Action, Actor, Detail, Event};
use deliver::{Receiver, Stream};
use forward_stream::{Algorithm, LEAST_SECRET};
use manifest_schema::{
    manifest::{Manifest, Signing},
    names::{Origin, PluginId},
    permissions::Permissions,
};
use secret_store::{ExposeSecret as _, PluginSecrets};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::{task::JoinHandle, time::Instant};

/// A stream as it is declared, granted and within policy.
#[derive(Clone)]
pub(crate) struct Declared {
    plugin: PluginId,
    /// The receiver's URL.
    to: String,
    origin: Origin,
    events: BTreeSet<String>,
    pub(crate) secrets: Arc<PluginSecrets>,
    /// The path of the secret that signs, and how.
    secret: String,
    signing: Signing,
}

/// The streams of a plugin with these permissions and secrets.
pub(crate) fn declared(
    manifest: &Manifest,
    permissions: &Permissions,
    secrets: &Arc<PluginSecrets>,
) -> Vec<Declared> {
    let streams = manifest.forward.iter().filter_map(|forward| {
        let origin = forward.origin()?;
        let permitted = permissions.forward.get(&origin)?;
        let events = forward.events.iter().filter(|event| permitted.contains(*event));
        Some(Declared {
            plugin: manifest.id.clone(),
            to: forward.to.clone(),
            origin,
            events: events.map(ToString::to_string).collect(),
            secrets: Arc::clone(secrets),
            secret: forward.sign.secret.clone(),
            signing: forward.sign.algorithm,
        })
    });
    streams.filter(|stream| !stream.events.is_empty()).collect()
}

impl Declared {
    /// Why nothing can be signed.
    fn problem(&self) -> Option<String> {
        let path = &self.secret;
        let Some(secret) = self.secrets.get(path) else {
            return Some(format!("the secret `{path}` is not set in its config"));
        };
        let length = secret.expose_secret().len();
        if self.signing == Signing::HmacSha256 && length < LEAST_SECRET {
            return Some(format!(
                "the secret `{path}` has {length} bytes, and needs {LEAST_SECRET} at least"
            ));
        }
        let tried = self.secrets.sign(path, self.signing, b"");
        tried.err().map(|error| format!("the secret `{path}` cannot sign: {error}"))
    }

    /// The line that is delivered.
    fn seal(&self, text: &str) -> Result<String, String> {
        let signature = self.secrets.sign(&self.secret, self.signing, text.as_bytes());
        let signature = signature.map_err(|error| error.to_string())?;
        let algorithm = match self.signing {
            Signing::HmacSha256 => Algorithm::HmacSha256,
            Signing::Ed25519 => Algorithm::Ed25519,
        };
        forward_stream::seal(text, algorithm, &signature).map_err(|error| error.to_string())
    }
}

/// How long a stop waits for the answer to a record that is on its way; without it the record comes again.
const IN_HAND: Duration = Duration::from_secs(1);

/// The task of one stream.
struct Task {
    running: JoinHandle<()>,
    in_hand: Arc<tokio::sync::Mutex<()>>,
}

impl Task {
    /// Ends it, after the answer to what is on its way, or at that time.
    async fn stop(self, until: Instant) {
        let in_hand = tokio::time::timeout_at(until, self.in_hand.lock()).await;
        self.running.abort();
        drop(in_hand);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// The tasks of all streams.
#[derive(Default)]
pub(crate) struct Forwarder {
    tasks: Mutex<Vec<Task>>,
    fetcher: Arc<Fetcher>,
}

impl Forwarder {
    /// Sends the streams of this set from now on, and no others. A stream that was stopped is tried again.
    pub(crate) async fn follow(&self, core: &Arc<Core>, set: &RunningSet) -> Result<(), JournalError> {
        self.stop().await;
        let mut streams = Vec::new();
        for stream in &set.forwards {
            match stream.problem() {
                None => streams.push(stream.clone()),
                Some(reason) => core.environment.notices.send(Notice::ForwardStopped {
                    plugin: stream.plugin.clone(),
                    to: stream.origin.to_string(),
                    reason,
                }),
            }
        }
        let wanted = streams.iter().map(|stream| {
            Ok(WantedStream {
                plugin: stream.plugin.to_string(),
                target: stream.to.clone(),
                events: stream.events.clone(),
                fresh_id: identity::random_id("fwd")?,
            })
        });
        let wanted: std::io::Result<Vec<WantedStream>> = wanted.collect();
        let wanted = wanted.map_err(|error| JournalError::Directory(Arc::new(error)))?;
        let followed = core.journal.follow(wanted).await?;
        let tasks = streams.into_iter().zip(followed).map(|(declared, followed)| {
            let receiver = Http {
                core: Arc::downgrade(core),
                fetcher: Arc::clone(&self.fetcher),
                to: declared.to.clone(),
                origins: BTreeSet::from([declared.origin.clone()]),
            };
            let in_hand = Arc::<tokio::sync::Mutex<()>>::default();
            let stream = Stream {
                in_hand: Arc::clone(&in_hand),
                journal: Arc::clone(&core.journal),
                notices: core.environment.notices.clone(),
                timing: core.environment.timing.clone(),
                declared,
                followed,
                receiver,
            };
            Task { running: tokio::spawn(stream.run()), in_hand }
        });
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
        Ok(())
    }

    /// Sends nothing more. A record whose answer does not come soon is sent again by the next host.
    pub(crate) async fn stop(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let until = Instant::now() + IN_HAND;
        for task in tasks {
            task.stop(until).await;
        }
    }
}

/// A receiver at a URL.
struct Http {
    core: Weak<Core>,
    fetcher: Arc<Fetcher>,
    to: String,
    origins: BTreeSet<Origin>,
}

impl Receiver for Http {
    async fn post(&self, line: String) -> Result<u16, String> {
        let core = self.core.upgrade().ok_or("the host is stopping")?;
        let private = core.bus.set().private_network();
        drop(core);
        let reach = Reach { origins: Origins::These(&self.origins), private: &private, secrets: None };
        let posted = self.fetcher.post_json(&self.to, line, reach).await;
        posted.map_err(|error| crate::error_chain::chain(&error))
    }

    fn contradicted(&self, stream: &str, reason: &str) {
        let Some(core) = self.core.upgrade() else { return };
        let event = Event::refused(Actor::Host, Action::ForwardStop).about(stream);
        core.environment.audit.note(event.with(Detail::Reason, reason));
    }
}
