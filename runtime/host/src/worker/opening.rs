//! The first frames between the host and a worker, up to `ready`.

use super::{frames::Incoming, process::Worker};
use crate::native::Place;
use runtime_protocol::{
    Launch, PartState, Ready, SandboxReport, Start, StartFailed, ToHost, ToWorker, VERSION,
};
use tokio::sync::oneshot;

/// What a worker is begun with.
pub(crate) struct Opening {
    /// Which command it becomes; `None` for an engine.
    pub(crate) launch: Option<Launch>,
    /// The files that the command runs from, kept until it has ended.
    pub(crate) place: Option<Place>,
    /// The program.
    pub(crate) start: Start,
}

/// What a worker that is not ready has to say next.
pub(super) struct Greeting {
    awaited: Awaited,
    /// What the launcher says that holds the command, which knows nothing of it.
    held: Option<SandboxReport>,
    ready: oneshot::Sender<Result<Ready, StartFailed>>,
}

enum Awaited {
    /// The launcher of a command: what holds it.
    Launched(Start),
    /// The command: `hello`, and with it the framing.
    Hello(Start),
    /// `ready`, or why not.
    Ready,
}

impl Greeting {
    /// The first frame to send, and what has to come then.
    pub(super) fn new(
        launch: Option<Launch>,
        start: Start,
        ready: oneshot::Sender<Result<Ready, StartFailed>>,
    ) -> (ToWorker, Self) {
        match launch {
            None => (ToWorker::Start(start), Self { awaited: Awaited::Ready, held: None, ready }),
            Some(launch) => {
                let awaited = Awaited::Launched(start);
                (ToWorker::Launch(Box::new(launch)), Self { awaited, held: None, ready })
            }
        }
    }

    /// Whether log lines may come already.
    pub(super) fn may_log(&self) -> bool {
        matches!(self.awaited, Awaited::Ready)
    }

    /// Takes a frame. `None` when the greeting is over; an error says what is wrong with the frame.
    pub(super) async fn take(
        self,
        frame: ToHost,
        worker: &Worker,
        incoming: &mut Incoming,
    ) -> Result<Option<Self>, &'static str> {
        let Self { awaited, mut held, ready } = self;
        let awaited = match (awaited, frame) {
            (Awaited::Launched(start), ToHost::Launched(launched)) => {
                if launched.sandbox.landlock.state == PartState::Missing {
                    return Err("a command without Landlock");
                }
                held = Some(launched.sandbox);
                // What comes from here on is from foreign code.
                incoming.detect_framing();
                Awaited::Hello(start)
            }
            (Awaited::Hello(start), ToHost::Hello(hello)) if hello.v == VERSION => {
                worker.answer_in(incoming.framing());
                if worker.send(&ToWorker::Start(start)).await.is_err() {
                    drop(ready.send(Err(failed("its configuration is larger than a frame".to_owned()))));
                    return Ok(None);
                }
                Awaited::Ready
            }
            (Awaited::Hello(_), ToHost::Hello(hello)) => {
                let why =
                    format!("it speaks version {} of the protocol, and this wa version {VERSION}", hello.v);
                drop(ready.send(Err(failed(why))));
                return Ok(None);
            }
            (Awaited::Ready, ToHost::Ready(mut said)) => {
                if held.is_some() {
                    said.sandbox = held;
                }
                drop(ready.send(Ok(*said)));
                return Ok(None);
            }
            (_, ToHost::Failed(said)) => {
                drop(ready.send(Err(*said)));
                return Ok(None);
            }
            _ => return Err("an unexpected frame"),
        };
        Ok(Some(Self { awaited, held, ready }))
    }
}

fn failed(message: String) -> StartFailed {
    StartFailed { message, sandbox: None }
}
