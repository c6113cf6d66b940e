//! Chunks from a provider to a listener: each checked against the contract.

use crate::worker::Chunk;
use manifest_schema::{
    contract::{Contract, Part},
    schema::Violation,
};
use runtime_protocol::{Emit, ErrorCode, Failure};
use serde_json::Value;
use tokio::sync::mpsc;

/// The passage of one call's chunks.
pub(super) struct Passage<'a> {
    contract: &'static Contract,
    /// Nobody: the caller wants the answer only.
    listener: Option<&'a mpsc::Sender<Value>>,
    /// What was wrong with the first chunk that did not fit.
    pub(super) broken: Option<Vec<Violation>>,
    /// Whether the listener has got any.
    pub(super) begun: bool,
}

impl<'a> Passage<'a> {
    pub(super) fn new(contract: &'static Contract, listener: Option<&'a mpsc::Sender<Value>>) -> Self {
        Self { contract, listener, broken: None, begun: false }
    }

    /// Passes chunks on until there are no more.
    pub(super) async fn run(&mut self, chunks: &mut mpsc::Receiver<Chunk>) {
        while let Some(Chunk { value, taken }) = chunks.recv().await {
            let passed = match serde_json::from_str(value.get()) {
                Ok(Emit { chunk }) => {
                    self.pass(serde_json::from_str(chunk.get()).unwrap_or(Value::Null)).await
                }
                Err(error) => Err(Failure::new(ErrorCode::InvalidParams, error.to_string())),
            };
            // The call may have ended meanwhile.
            let _ = taken.send(passed);
        }
    }

    async fn pass(&mut self, chunk: Value) -> Result<(), Failure> {
        if let Err(violations) = self.contract.check(Part::Chunk, &chunk) {
            let words = crate::capability::list(&violations);
            self.broken.get_or_insert(violations);
            let message = format!("the chunk does not fit the contract of `{}`: {words}", self.contract.kind);
            return Err(Failure::new(ErrorCode::InvalidParams, message));
        }
        let Some(listener) = self.listener else { return Ok(()) };
        self.begun = true;
        let gone = |_| Failure::new(ErrorCode::Denied, "nobody listens to this call any more");
        listener.send(chunk).await.map_err(gone)
    }
}
