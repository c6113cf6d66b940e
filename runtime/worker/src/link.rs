//! The frames between an engine and the host.

use std::fs::File;
use std::os::fd::FromRawFd;
use std::rc::Rc;
use std::sync::Arc;

use runtime_protocol::{
    Call, FrameReader, Handlers, MAX_FRAME, MAX_START_FRAME, Ready, Reply, SandboxReport, Start, StartFailed,
    ToHost, ToWorker, VERSION,
};

use crate::outbox::Outbox;
use crate::worker::WorkerError;

/// An engine with a plugin in it.
pub(crate) trait Engine {
    /// What can be called.
    fn handlers(&self) -> Handlers;
    /// Starts a call. Its result comes now or in a later turn.
    fn call(&self, call: Call) -> Turn;
    /// Continues the call that waits for this answer.
    fn answer(&self, reply: Reply) -> Turn;
    /// Fails the calls that are left because the engine cannot go on.
    fn abort(&self);
}

/// Whether the engine can go on after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It waits for the next frame.
    Done,
    /// What a failed call left behind does not end, and there is no way to drop it.
    Runaway,
}

/// The way to the host, and what it may be told of the sandbox.
pub(crate) struct Link {
    reader: FrameReader<Arc<File>>,
    outbox: Rc<Outbox>,
    sandbox: SandboxReport,
}

/// Reading and writing share one descriptor: a second one could not be made under the lock-down.
#[expect(unsafe_code, reason = "the one place that takes the socket from the host")]
pub(crate) fn socket() -> Arc<File> {
    // SAFETY: the host gave descriptor 0 to this process for its socket, and nothing else here uses it.
    Arc::new(unsafe { File::from_raw_fd(0) })
}

impl Link {
    /// Waits for the program, if the host has one, and refuses it where the sandbox is not whole enough for the host's policy.
    pub(crate) fn greet(sandbox: SandboxReport) -> Result<Option<(Start, Self)>, WorkerError> {
        let socket = socket();
        let mut reader = FrameReader::new(Arc::clone(&socket));
        let Some(first) = reader.next_frame(MAX_START_FRAME)? else { return Ok(None) };
        let ToWorker::Start(start) = first else { return Err(WorkerError::NoStart) };
        reader.shrink();
        let link = Self { reader, outbox: Rc::new(Outbox::new(socket)), sandbox };
        match link.may_start(&start) {
            Ok(()) => Ok(Some((start, link))),
            Err(message) => link.refuse(message).map(|()| None),
        }
    }

    /// Where frames go.
    pub(crate) fn outbox(&self) -> Rc<Outbox> {
        Rc::clone(&self.outbox)
    }

    /// The last look before foreign code.
    fn may_start(&self, start: &Start) -> Result<(), String> {
        if start.v != VERSION {
            return Err(format!(
                "the host speaks version {} of the protocol, this worker version {VERSION}",
                start.v
            ));
        }
        self.sandbox.refusal(start.sandbox, &[]).map_or(Ok(()), Err)
    }

    /// Tells the host that the program was not loaded.
    pub(crate) fn refuse(self, message: String) -> Result<(), WorkerError> {
        let failed = StartFailed { message: message.clone(), sandbox: Some(self.sandbox) };
        send(&self.outbox, &ToHost::Failed(Box::new(failed)))?;
        Err(WorkerError::NotLoaded(message))
    }

    /// Serves until the host ends it. What a turn wrote goes out before the worker waits for the next frame.
    pub(crate) fn serve(mut self, engine: &impl Engine) -> Result<(), WorkerError> {
        let ready = Ready { v: VERSION, sandbox: Some(self.sandbox), handlers: engine.handlers() };
        send(&self.outbox, &ToHost::Ready(Box::new(ready)))?;
        loop {
            if !self.reader.has_frame() {
                self.outbox.flush()?;
            }
            let turn = match self.reader.next_frame(MAX_FRAME)? {
                Some(ToWorker::Call(call)) => engine.call(call),
                Some(ToWorker::Answer(reply)) => engine.answer(reply),
                Some(ToWorker::Stop) | None => return Ok(self.outbox.flush()?),
                Some(ToWorker::Start(_) | ToWorker::Launch(_)) => return Err(WorkerError::SecondStart),
            };
            if turn == Turn::Runaway {
                engine.abort();
                self.outbox.flush()?;
                return Err(WorkerError::Runaway);
            }
        }
    }
}

fn send(outbox: &Outbox, frame: &ToHost) -> Result<(), WorkerError> {
    outbox.push(frame)?;
    Ok(outbox.flush()?)
}
