//! From the first frame of a worker to its end.

use super::{BROKE_PROTOCOL, End, LAST_WORDS, Requests, Worker};
use crate::worker::{
    frames::Incoming,
    opening::Greeting,
    output::{self, LastWords},
};
use runtime_protocol::ToHost;
use std::{
    os::fd::OwnedFd,
    sync::{Arc, PoisonError},
};
use tokio::{sync::watch, task::JoinHandle};

impl Worker {
    pub(super) async fn watch_output(self: Arc<Self>, stdout: OwnedFd, stderr: OwnedFd, words: LastWords) {
        if let Ok(true) = output::capture(stdout, stderr, words, &self.notices.redaction().redactor()).await {
            self.kill(&format!("it wrote more than {} bytes to its output", output::LIMIT), false);
        }
    }

    /// Reads frames until the worker ends or breaks the protocol, then settles everything.
    pub(super) async fn run<R: Requests>(
        self: Arc<Self>,
        mut incoming: Incoming,
        greeting: Greeting,
        requests: Arc<R>,
        output: JoinHandle<()>,
        words: LastWords,
        ended: watch::Sender<Option<End>>,
    ) {
        let why = self.read(&mut incoming, greeting, &requests).await;
        if let Some(why) = why {
            self.kill(&why, false);
        }
        let waiting = Arc::clone(&self);
        let status = tokio::task::spawn_blocking(move || {
            let mut child = waiting.child.lock().unwrap_or_else(PoisonError::into_inner);
            // The socket is closed: whatever still runs there has nothing more to do.
            let _ = child.kill();
            child.wait()
        });
        let status = match status.await {
            Ok(Ok(status)) => status.to_string(),
            _ => "unknown status".to_owned(),
        };
        // What it wrote may not have been read yet.
        let _ = tokio::time::timeout(LAST_WORDS, output).await;
        let (mut reason, wanted) =
            self.verdict.get().cloned().unwrap_or_else(|| (format!("it ended by itself ({status})"), false));
        self.notices.redaction().mend([&mut reason]);
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Removing files may take a while.
        drop(tokio::task::spawn_blocking(move || drop(place)));
        let end = End { reason, last_words: self.in_package(words.text()), wanted };
        let _ = ended.send(Some(end));
        // Only now, so that whoever loses a call finds the reason.
        let lost = self.pending().take();
        drop(lost);
    }

    /// `None` where the socket was closed, else what the worker did wrong.
    async fn read<R: Requests>(
        self: &Arc<Self>,
        incoming: &mut Incoming,
        greeting: Greeting,
        requests: &Arc<R>,
    ) -> Option<String> {
        let mut greeting = Some(greeting);
        loop {
            let frame = match incoming.next().await {
                Ok(Some(frame)) => frame,
                Ok(None) => return None,
                Err(error) => return Some(format!("{BROKE_PROTOCOL}: {error}")),
            };
            if let Some(trace) = &self.trace {
                trace.to_host(&frame);
            }
            match (frame, greeting.take()) {
                (ToHost::Log(log), still) if still.as_ref().is_none_or(Greeting::may_log) => {
                    greeting = still;
                    if !requests.log(log) {
                        return Some("it flooded the log".into());
                    }
                }
                (frame, Some(begun)) => match begun.take(frame, self, incoming).await {
                    Ok(still) => greeting = still,
                    Err(why) => return Some(format!("{BROKE_PROTOCOL}: {why}")),
                },
                (ToHost::Result(result), None) => {
                    let pending = self.pending().as_mut().and_then(|pending| pending.remove(&result.id));
                    match pending {
                        Some(pending) => drop(pending.reply.send(result.outcome)),
                        None => return Some(format!("{BROKE_PROTOCOL}: a result of no call")),
                    }
                }
                (ToHost::Host(call), None) => self.serve(call, requests).await,
                _ => return Some(format!("{BROKE_PROTOCOL}: an unexpected frame")),
            }
        }
    }
}
