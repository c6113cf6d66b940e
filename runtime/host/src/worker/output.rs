//! What a worker writes to stdout and stderr: nobody reads it while it runs, the end of it is kept for when it has failed.

use secret_store::Redactor;
use std::{
    collections::VecDeque,
    io,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{io::AsyncReadExt as _, net::unix::pipe};

/// Bytes kept of both streams together.
const KEPT: usize = 8 << 10;
/// A worker that writes more than this in its life is killed.
pub(super) const LIMIT: usize = 1 << 20;

/// The end of a worker's output.
#[derive(Debug, Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<VecDeque<u8>>>);

impl LastWords {
    fn add(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(bytes);
        let excess = kept.len().saturating_sub(KEPT);
        kept.drain(..excess);
    }

    /// The text, with replacement characters where it is not UTF-8.
    pub(super) fn text(&self) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(kept.make_contiguous()).into_owned()
    }
}

/// Reads both streams until they end; true where they held more than [`LIMIT`].
pub(super) async fn capture(
    stdout: OwnedFd,
    stderr: OwnedFd,
    words: LastWords,
    redactor: &Redactor,
) -> io::Result<bool> {
    let (mut clean_out, mut clean_err) = (redactor.stream(), redactor.stream());
    let mut stdout = pipe::Receiver::from_owned_fd(stdout)?;
    let mut stderr = pipe::Receiver::from_owned_fd(stderr)?;
    let (mut out, mut err) = ([0; 1024], [0; 1024]);
    let (mut out_open, mut err_open) = (true, true);
    let mut total = 0;
    while out_open || err_open {
        let (bytes, clean) = tokio::select! {
            count = stdout.read(&mut out), if out_open => {
                let count = count?;
                out_open = count > 0;
                (&out[..count], &mut clean_out)
            }
            count = stderr.read(&mut err), if err_open => {
                let count = count?;
                err_open = count > 0;
                (&err[..count], &mut clean_err)
            }
        };
        words.add(&clean.push(bytes));
        total += bytes.len();
        if total > LIMIT {
            return Ok(true);
        }
    }
    words.add(&clean_out.finish());
    words.add(&clean_err.finish());
    Ok(false)
}
