//! The host, as a plugin may use it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Channel, Files, Received, RequestBuilder, Result, Storage, abi};

/// The host. What the manifest does not permit fails with the code `denied`; that a component imports it at all is found by
/// `wa plugins validate`.
#[derive(Debug)]
pub struct Wa {
    _private: (),
}

impl Wa {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    /// The configuration that the operator set, with the defaults of `configSchema`.
    ///
    /// # Errors
    /// Where the type does not fit the schema.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&abi::config())?)
    }

    /// The host's log.
    pub fn log(&self) -> Log {
        Log { _private: () }
    }

    /// Messages out; needs `permissions.channel`.
    pub fn channel(&self) -> Channel {
        Channel::new()
    }

    /// Values that last; needs `permissions.storage`.
    pub fn storage(&self) -> Storage {
        Storage::new()
    }

    /// Files of the plugin's own, within the same quota.
    pub fn files(&self) -> Files {
        Files::new()
    }

    /// An HTTP request; needs the URL's origin in `permissions.network`.
    pub fn fetch(&self, url: impl Into<String>) -> RequestBuilder {
        RequestBuilder::new(url.into())
    }

    /// A secret of the configuration, by its dotted path; the code never sees it. Needs a `sign` use in the manifest.
    pub fn secret(&self, path: impl Into<String>) -> Secret {
        Secret { path: path.into() }
    }

    /// The tools that the agent may call; only inside of an agent's turn.
    pub fn tools(&self) -> Tools {
        Tools { _private: () }
    }

    /// Asks whoever offers a capability; needs the kind in `permissions.capabilities`. `id` says whom, where it matters.
    ///
    /// # Errors
    /// What the host or the provider says.
    pub fn capability<T: DeserializeOwned>(
        &self,
        kind: &str,
        id: Option<&str>,
        request: impl Serialize,
    ) -> Result<T> {
        ask(abi::capability, &json!({ "kind": kind, "id": id, "request": request }))
    }

    /// Sends a piece of the answer that a capability is still making.
    ///
    /// # Errors
    /// Where nobody asked for pieces, or whoever did has gone.
    pub fn emit(&self, chunk: impl Serialize) -> Result<()> {
        ask(abi::emit, &json!({ "chunk": chunk }))
    }

    /// Passes on what somebody did in a chat of a channel that this plugin provides: `id`, `chat`, `from` and `text`, and what
    /// else the guide has under capabilities.
    ///
    /// # Errors
    /// What the host says.
    pub fn receive(&self, happening: impl Serialize) -> Result<Received> {
        ask(abi::receive, &serde_json::to_value(happening)?)
    }

    /// Milliseconds since 1970, UTC.
    pub fn now(&self) -> u64 {
        abi::now()
    }

    /// Random bytes from the operating system, at most 4,096.
    pub fn random(&self, count: u32) -> Vec<u8> {
        abi::random(count)
    }

    /// Waits, no longer than the call may take.
    ///
    /// # Errors
    /// Where the service is stopped meanwhile.
    pub fn sleep(&self, milliseconds: u64) -> Result<()> {
        ask(abi::sleep, &json!({ "ms": milliseconds }))
    }
}

/// Parameters to JSON, the answer back.
pub(crate) fn ask<T: DeserializeOwned>(function: fn(&str) -> Result<String>, params: &Value) -> Result<T> {
    Ok(serde_json::from_str(&function(&params.to_string())?)?)
}

/// The host's log. Lines are capped, per line and per call.
#[derive(Debug)]
pub struct Log {
    _private: (),
}

impl Log {
    /// For the plugin's author.
    pub fn debug(&self, message: &str) {
        abi::log("debug", message, "null");
    }

    /// What happens.
    pub fn info(&self, message: &str) {
        abi::log("info", message, "null");
    }

    /// Something is odd.
    pub fn warn(&self, message: &str) {
        abi::log("warn", message, "null");
    }

    /// Something failed.
    pub fn error(&self, message: &str) {
        abi::log("error", message, "null");
    }

    /// A line with details: `level` is `debug`, `info`, `warn` or `error`.
    pub fn with_fields(&self, level: &str, message: &str, fields: impl Serialize) {
        let fields = serde_json::to_string(&fields).unwrap_or_else(|_| "null".to_owned());
        abi::log(level, message, &fields);
    }
}

/// A secret that the host signs with.
#[derive(Debug)]
pub struct Secret {
    path: String,
}

/// A signature, in the two ways that are usual.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Signature {
    /// In lower-case hexadecimal digits.
    pub hex: String,
    /// In base64, padded.
    pub base64: String,
}

impl Secret {
    /// Signs text as the manifest declares.
    ///
    /// # Errors
    /// Where the manifest declares no such use, or the operator set no such secret.
    pub fn sign(&self, text: &str) -> Result<Signature> {
        ask(abi::sign, &json!({ "path": self.path, "text": text }))
    }
}

/// The tools that the agent of this turn may call.
#[derive(Debug)]
pub struct Tools {
    _private: (),
}

impl Tools {
    /// Calls a tool of any plugin.
    ///
    /// # Errors
    /// What the tool or the host says.
    pub fn call<T: DeserializeOwned>(&self, name: &str, input: impl Serialize) -> Result<T> {
        ask(abi::tool, &json!({ "name": name, "input": input }))
    }
}

/// A panic ends the instance without a word; this has it logged first.
pub(crate) fn log_panics() {
    #[cfg(target_arch = "wasm32")]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            std::panic::set_hook(Box::new(|panic| abi::log("error", &panic.to_string(), "null")));
        });
    }
}
