//! `wa registry serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;

use clap::Args;
use registry_index::serve::Server;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Outcome, While};
use crate::status::Status;

/// Serve a registry to wa and npm
#[derive(Debug, Args)]
#[command(
    after_help = "Serves files and nothing else, over plain HTTP; put a proxy with TLS in front of it to serve others. \
                        Prints its address once it listens, and ends on Ctrl-C.\n\n\
                        Example: wa registry serve packages --bind 127.0.0.1:4873"
)]
pub(crate) struct Serve {
    /// The registry's directory
    directory: PathBuf,

    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4873")]
    bind: SocketAddr,

    #[command(flatten)]
    format: DataFormat,
}

impl Serve {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let what = format!("serve {} at {}", self.directory.display(), self.bind);
        let server = Server::bind(&self.directory, self.bind).cannot(&what)?;
        let url = format!("http://{}/", server.address());
        if !server.address().ip().is_loopback() {
            context.printer.warning("other machines can reach this server, over plain HTTP");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().cannot(&what)?;
        let stop = server.stop();
        runtime.block_on(async {
            // Signals are heard from here on, so that whoever reads the address may end the server at once.
            let mut interrupt = signal(SignalKind::interrupt()).cannot(&what)?;
            let mut terminate = signal(SignalKind::terminate()).cannot(&what)?;
            let (sender, finished) = oneshot::channel();
            thread::spawn(move || {
                server.run();
                sender.send(())
            });
            if self.format.json {
                context.printer.json(&json!({ "schemaVersion": 1, "url": url }))?;
            } else {
                context.printer.data(&url)?;
            }
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            stop.stop();
            // The answers under way are finished, unless somebody cannot wait.
            tokio::select! {
                finished = finished => finished.cannot(&what),
                _ = interrupt.recv() => Ok(()),
                _ = terminate.recv() => Ok(()),
            }
        })?;
        Ok(Status::Done)
    }
}
