//! Starts worker processes, all from one thread that lives as long as the host.
//!
//! A worker asks the kernel to be killed when its parent dies, and the kernel means the *thread* that spawned it. A thread of a pool
//! may end at any time and would take its workers along; this one ends with the host, and then that is what is wanted.

use std::{
    ffi::OsString,
    io,
    os::unix::{net::UnixStream, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};
use tokio::sync::oneshot;

/// A worker process and the host's end of its socket.
pub(super) struct Spawned {
    pub(super) child: Child,
    pub(super) socket: UnixStream,
}

/// The arguments of one worker, and where it goes.
type Request = (Vec<OsString>, oneshot::Sender<io::Result<Spawned>>);

/// The handle to the thread.
#[derive(Debug)]
pub(crate) struct Spawner {
    requests: mpsc::Sender<Request>,
}

impl Spawner {
    /// Starts the thread. Workers are `exe` with `subcommand`, arguments of their own and an empty environment.
    pub(crate) fn new(exe: PathBuf, subcommand: &'static str) -> io::Result<Self> {
        let (requests, queue) = mpsc::channel::<Request>();
        thread::Builder::new().name("wa-spawner".into()).spawn(move || {
            for (arguments, reply) in queue {
                // A caller that has gone drops the child below, which must not run on unseen.
                if let Err(Ok(mut unwanted)) = reply.send(spawn(&exe, subcommand, &arguments)) {
                    let _ = unwanted.child.kill();
                    let _ = unwanted.child.wait();
                }
            }
        })?;
        Ok(Self { requests })
    }

    pub(super) async fn spawn(&self, arguments: Vec<OsString>) -> io::Result<Spawned> {
        let gone = || io::Error::other("the spawner has ended");
        let (reply, answer) = oneshot::channel();
        self.requests.send((arguments, reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Its own process group keeps a terminal's Ctrl-C away from it: the host decides when it ends.
fn spawn(exe: &Path, subcommand: &str, arguments: &[OsString]) -> io::Result<Spawned> {
    let (socket, theirs) = UnixStream::pair()?;
    let child = Command::new(exe)
        .arg(subcommand)
        .args(arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    Ok(Spawned { child, socket })
}
