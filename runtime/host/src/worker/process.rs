//! One running worker: its process, its frames, the calls in flight.

mod life;
mod serving;

use super::{
    call::{CallError, Ongoing, PluginCall},
    deadline::Deadline,
    frames::{self, Incoming},
    opening::{Greeting, Opening},
    output::LastWords,
    spawner::Spawned,
};
use crate::{native::Place, notice::Notices, timing::Timing, trace::Trace};
use runtime_protocol::{Call, Framing, HostCall, Log, Outcome, Ready, StartFailed, ToWorker};
use std::{
    collections::HashMap,
    io,
    process::Child,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::UnixStream,
    sync::{mpsc, oneshot, watch},
};

/// Frames that may wait for a worker to read them.
const OUT_QUEUE: usize = 64;
/// Host calls of one worker that may run at a time; more are refused.
const MAX_HOST_CALLS: usize = 64;

/// How long the rest of an ended worker's output is waited for, where something else holds it open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The deadline of a service: none that anybody lives to see.
const SERVICE_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What a worker asks of its host while it runs. Called on the task that reads its frames, so neither may wait.
pub(crate) trait Requests: Send + Sync + 'static {
    /// Answers a host call made inside `ongoing`; runs as a task of its own.
    fn host_call(&self, call: HostCall, ongoing: Ongoing) -> impl Future<Output = Outcome> + Send + 'static;
    /// Takes a log line; false says that the worker floods and must end.
    fn log(&self, log: Log) -> bool;
}

/// How a worker ended.
#[derive(Debug, Clone)]
pub(crate) struct End {
    /// In words.
    pub(crate) reason: String,
    /// The end of its output.
    pub(crate) last_words: String,
    /// The host ended it, and not for anything that it did.
    pub(crate) wanted: bool,
}

struct Pending {
    reply: oneshot::Sender<Outcome>,
    ongoing: Ongoing,
}

/// How the reason begins where a worker sent what it may not.
pub(super) const BROKE_PROTOCOL: &str = "it broke the protocol";

/// A worker that said `ready`.
pub(crate) struct Worker {
    out: mpsc::Sender<Vec<u8>>,
    /// `None` once the worker has ended: nothing can be added then.
    pending: Mutex<Option<HashMap<u64, Pending>>>,
    next_id: AtomicU64,
    host_calls: AtomicUsize,
    child: Mutex<Child>,
    /// Why the host killed it, or that it was asked to stop; the first reason counts.
    verdict: OnceLock<(String, bool)>,
    end: watch::Receiver<Option<End>>,
    /// How frames are framed from now on; by length until a command chose.
    framing: OnceLock<Framing>,
    /// The files that a command runs from.
    place: Mutex<Option<Place>>,
    /// Where they are, as its texts name it; what is in there is the author's own.
    package: Option<String>,
    trace: Option<Trace>,
    /// Knows what is blacked out of all that a worker says.
    notices: Notices,
}

/// Why there is no worker.
pub(crate) enum StartError {
    /// The program cannot run; trying again changes nothing.
    Program(String),
    /// The process failed; it may work later.
    Process(String, String),
    /// That it starts cannot be recorded.
    NotRecorded(crate::AuditError),
}

impl Worker {
    /// Sends the program and waits for `ready`.
    pub(super) async fn start<R: Requests>(
        spawned: Spawned,
        opening: Opening,
        timing: &Timing,
        trace: Option<Trace>,
        requests: Arc<R>,
        notices: Notices,
    ) -> Result<(Arc<Self>, Ready), StartError> {
        let failed =
            |error: io::Error| StartError::Process(format!("its pipes failed: {error}"), String::new());
        let Spawned { mut child, socket } = spawned;
        let words = LastWords::default();
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(failed(io::ErrorKind::NotConnected.into()));
        };
        socket.set_nonblocking(true).map_err(failed)?;
        let (read, write) = UnixStream::from_std(socket).map_err(failed)?.into_split();
        let (out, outgoing) = mpsc::channel(OUT_QUEUE);
        let (ended, end) = watch::channel(None);
        let worker = Arc::new(Self {
            out,
            pending: Mutex::new(Some(HashMap::new())),
            next_id: AtomicU64::new(1),
            host_calls: AtomicUsize::new(0),
            child: Mutex::new(child),
            verdict: OnceLock::new(),
            end,
            framing: OnceLock::new(),
            package: opening.place.as_ref().map(|place| format!("{}/", place.package().display())),
            place: Mutex::new(opening.place),
            trace,
            notices,
        });
        let (ready, handshake) = oneshot::channel();
        tokio::spawn(frames::write(write, outgoing));
        let output =
            tokio::spawn(Arc::clone(&worker).watch_output(stdout.into(), stderr.into(), words.clone()));
        let incoming = Incoming::new(read, timing.frame_stall);
        let limit = if opening.launch.is_some() { timing.start_command } else { timing.start };
        let (first, greeting) = Greeting::new(opening.launch, opening.start, ready);
        tokio::spawn(Arc::clone(&worker).run(incoming, greeting, requests, output, words.clone(), ended));
        let greeted = tokio::time::timeout(limit, worker.greet(first, handshake)).await;
        match greeted {
            Ok(Ok(ready)) => Ok((worker, ready)),
            Ok(Err(error)) => {
                worker.kill("it did not start", false);
                Err(error)
            }
            Err(_) => {
                worker.kill("it did not start in time", false);
                Err(StartError::Process(format!("no `ready` within {} ms", limit.as_millis()), words.text()))
            }
        }
    }

    async fn greet(
        &self,
        first: ToWorker,
        handshake: oneshot::Receiver<Result<Ready, StartFailed>>,
    ) -> Result<Ready, StartError> {
        self.send(&first)
            .await
            .map_err(|_| StartError::Program("its code is larger than a worker can be given".into()))?;
        match handshake.await {
            Ok(Ok(ready)) if ready.v == runtime_protocol::VERSION => Ok(ready),
            Ok(Ok(ready)) => Err(StartError::Program(format!(
                "the worker speaks protocol {} and this host {}; was the `wa` binary replaced while it runs? restart it",
                ready.v,
                runtime_protocol::VERSION
            ))),
            Ok(Err(mut failed)) => {
                self.notices.redaction().mend([&mut failed.message]);
                Err(StartError::Program(failed.message))
            }
            Err(_) => {
                let end = self.ended().await;
                Err(StartError::Process(end.reason, end.last_words))
            }
        }
    }

    /// Runs one handler to its end, its deadline or the worker's end. `now` is the time that its code is told.
    pub(super) async fn call(
        &self,
        call: PluginCall,
        grace: Duration,
        now: Option<u64>,
    ) -> Result<Outcome, CallError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let is_service = call.is_service();
        let limit = if is_service { SERVICE_LIFE } else { call.timeout + grace };
        let deadline = Deadline::after(limit);
        let ongoing = Ongoing { kind: call.kind, context: call.context, deadline: deadline.clone() };
        let (reply, answer) = oneshot::channel();
        match self.pending().as_mut() {
            Some(pending) => pending.insert(id, Pending { reply, ongoing }),
            None => return Err(self.why_ended()),
        };
        let budget_ms = u64::try_from(call.timeout.as_millis()).unwrap_or(u64::MAX);
        let frame = ToWorker::Call(Call {
            id,
            kind: call.kind,
            name: call.name,
            budget_ms,
            per_turn: is_service,
            now,
            payload: call.payload,
        });
        let work = async {
            if self.send(&frame).await.is_err() {
                self.pending().as_mut().map(|pending| pending.remove(&id));
                return Err(CallError::TooLarge);
            }
            match answer.await {
                Ok(outcome) => Ok(self.clean(outcome)),
                Err(_) => Err(CallError::WorkerEnded(self.ended().await.reason)),
            }
        };
        tokio::select! {
            result = work => result,
            () = deadline.over() => {
                self.kill(&format!("a call took more than {} ms", call.timeout.as_millis()), false);
                self.ended().await;
                Err(CallError::Timeout(call.timeout))
            }
        }
    }

    /// What a handler gave, without secrets: it goes to logs, chats and other programs.
    fn clean(&self, outcome: Outcome) -> Outcome {
        let redaction = self.notices.redaction();
        match outcome {
            Ok(value) => Ok(redaction.redactor().json(value)),
            Err(mut failure) => {
                failure.message = self.in_package(failure.message);
                failure.stack = failure.stack.map(|stack| self.in_package(stack));
                redaction.mend([&mut failure.message].into_iter().chain(&mut failure.stack));
                Err(failure)
            }
        }
    }

    /// A text of a command with its files named as they are in the package.
    fn in_package(&self, text: String) -> String {
        match &self.package {
            Some(package) if text.contains(package) => text.replace(package, ""),
            _ => text,
        }
    }

    /// Frames are framed like this from now on.
    pub(super) fn answer_in(&self, framing: Framing) {
        let _ = self.framing.set(framing);
    }

    /// Kills the process. `wanted`: not because of anything that it did.
    pub(crate) fn kill(&self, reason: &str, wanted: bool) {
        let _ = self.verdict.set((reason.to_owned(), wanted));
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    /// Asks the worker to end, and kills it where it does not within `limit`.
    pub(super) async fn stop(&self, limit: Duration) {
        let _ = self.verdict.set(("it was stopped".into(), true));
        let _ = self.send(&ToWorker::Stop).await;
        if tokio::time::timeout(limit, self.ended()).await.is_err() {
            self.kill("it was stopped", true);
            self.ended().await;
        }
    }

    /// Whether it can take calls.
    pub(super) fn is_alive(&self) -> bool {
        self.pending().is_some()
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) -> End {
        let mut end = self.end.clone();
        let seen = end.wait_for(Option::is_some).await;
        seen.ok().and_then(|end| end.clone()).unwrap_or_else(|| End {
            reason: "the host is stopping".into(),
            last_words: String::new(),
            wanted: true,
        })
    }

    fn why_ended(&self) -> CallError {
        let end = self.end.borrow();
        CallError::WorkerEnded(
            end.as_ref().map_or_else(|| "it is ending".to_owned(), |end| end.reason.clone()),
        )
    }

    fn pending(&self) -> MutexGuard<'_, Option<HashMap<u64, Pending>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame; an error says that it is too large. A worker that has ended takes frames silently.
    pub(super) async fn send(&self, frame: &ToWorker) -> Result<(), runtime_protocol::FrameError> {
        let bytes = self.framing.get().copied().unwrap_or_default().encode(frame)?;
        if let Some(trace) = &self.trace {
            trace.to_worker(frame);
        }
        let _ = self.out.send(bytes).await;
        Ok(())
    }
}
