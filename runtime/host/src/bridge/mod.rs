//! Programs that are paired with a project: each has a token of its own that may do one thing.
//!
//! A **bridge** hands in messages of one account; its token begins with `wab_`. An **agent** calls tools as one agent of the project;
//! its token begins with `waa_`. A one-time code, made by the operator, is redeemed for a token. Codes and tokens are in
//! `.wa/bridges.json`, hashed, and every question looks there: what is revoked holds no more.

mod attempts;
mod book;
mod code;

pub(crate) use attempts::Attempts;
pub(crate) use code::{AGENT_PREFIX, BRIDGE_PREFIX, RPC_PREFIX};

use crate::identity;
use book::{Book, Entry, OpenCode, Redeemed};
use manifest_schema::{layout::Layout, manifest::RpcScope, names::AgentName};
use serde::{Deserialize, Serialize};
use std::{io, path::PathBuf};

/// Codes that can be open at a time.
const MAX_CODES: usize = 32;
/// Programs that can be paired with a project.
const MAX_PAIRED: usize = 256;
/// Bytes of a name.
const MAX_NAME: usize = 64;

/// What a paired program may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Right {
    /// Hand in messages of this account, and nothing else.
    Bridge {
        /// The channel.
        channel: String,
        /// The account on it.
        instance: String,
    },
    /// List and call the tools that this agent may call, and nothing else.
    Agent {
        /// The agent.
        agent: AgentName,
    },
    /// Call the API's methods of this scope, and of the scopes below it.
    Rpc {
        /// The scope.
        scope: RpcScope,
    },
}

impl Right {
    /// `bridge`, `agent` or `rpc`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bridge { .. } => "bridge",
            Self::Agent { .. } => "agent",
            Self::Rpc { .. } => "rpc",
        }
    }
}

/// A paired program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired {
    /// Its id, another for each pairing.
    pub id: String,
    /// What the operator calls it; unique among those of a project.
    pub name: String,
    /// What it may do.
    #[serde(flatten)]
    pub right: Right,
    /// When it was paired, in milliseconds since the Unix epoch.
    pub paired_at: u64,
}

/// A code that nobody has redeemed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The name that the operator gave; else who redeems it says one.
    pub name: Option<String>,
    /// What it is for.
    #[serde(flatten)]
    pub right: Right,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires: u64,
}

/// What [`Bridges::redeem`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redemption {
    pub(crate) paired: Paired,
    /// Secret.
    pub(crate) token: String,
    /// False for a repeat.
    pub(crate) new: bool,
}

/// Why a pairing did not take place, or cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The file cannot be used.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file can be read or written by others.
    #[error("{} can be read or written by others; its mode must be 0600, and its owner you", path.display())]
    Loose {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what a host writes.
    #[error("{} is not a list of paired programs", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// There are no random bytes.
    #[error("the system gave no random bytes")]
    Random(#[from] io::Error),
    /// The name has another form.
    #[error("a name has 1 to {MAX_NAME} letters, digits, `.`, `_` and `-`, and `{0}` has not")]
    Name(String),
    /// The name is another's.
    #[error("`{0}` is paired already; revoke it with `wa bridge revoke {0}`, or take another name")]
    Taken(String),
    /// Nobody has the name.
    #[error("nothing named `{0}` is paired or waits to be")]
    Nobody(String),
    /// There are enough.
    #[error("there are {0} already; `wa bridge revoke NAME` makes room")]
    Full(usize),
    /// The code is none.
    #[error(
        "there is no such code: it was mistyped, has expired, or is of another project; `wa bridge pair` makes a new one"
    )]
    NoCode,
    /// The code was used.
    #[error("the code was used already by another request; `wa bridge pair` makes a new one")]
    Used,
}

/// The paired programs of a project.
#[derive(Debug, Clone)]
pub struct Bridges {
    layout: Layout,
}

impl Bridges {
    /// Those of the project of a layout.
    pub fn new(layout: Layout) -> Self {
        Self { layout }
    }

    /// Makes a one-time code that ends at `expires` and can be redeemed for a token with `right`. Returns the code, which is kept
    /// nowhere.
    ///
    /// # Errors
    /// Any [`BridgeError`] but those of codes.
    pub fn pair(
        &self,
        name: Option<String>,
        right: Right,
        now: u64,
        expires: u64,
    ) -> Result<String, BridgeError> {
        let code = code::make()?;
        let salt = identity::random_hex::<32>()?;
        self.change(now, |book| {
            if let Some(name) = &name {
                check_name(name)?;
                book.is_free(name)?;
            }
            if book.codes.len() >= MAX_CODES {
                return Err(BridgeError::Full(MAX_CODES));
            }
            let hash = code::hash(&code::normal(&code));
            book.codes.push(OpenCode { hash, salt, name, right, expires, redeemed: None });
            Ok(())
        })?;
        Ok(code)
    }

    /// Gives a token for a code. The same request again gets the same token while the code lives.
    pub(crate) fn redeem(
        &self,
        given: &str,
        request: &str,
        name: Option<String>,
        now: u64,
    ) -> Result<Redemption, BridgeError> {
        let normal = code::normal(given);
        let request_hash = code::hash(request);
        self.change(now, |book| {
            let open = book.codes.iter().position(|open| open.hash == code::hash(&normal));
            let open = &book.codes[open.ok_or(BridgeError::NoCode)?];
            let token = code::token(&open.right, &open.salt, &normal, request);
            if let Some(redeemed) = &open.redeemed {
                let same = book.tokens.iter().find(|entry| entry.paired.id == redeemed.paired);
                let same = same.filter(|_| redeemed.request == request_hash).ok_or(BridgeError::Used)?;
                return Ok(Redemption { paired: same.paired.clone(), token, new: false });
            }
            let name = open.name.clone().or(name).unwrap_or_default();
            check_name(&name)?;
            if book.tokens.iter().any(|entry| entry.paired.name == name) {
                return Err(BridgeError::Taken(name));
            }
            if book.tokens.len() >= MAX_PAIRED {
                return Err(BridgeError::Full(MAX_PAIRED));
            }
            let id = identity::random_id("brg")?;
            let paired = Paired { id: id.clone(), name, right: open.right.clone(), paired_at: now };
            let used = book.codes.iter_mut().filter(|open| open.hash == code::hash(&normal));
            used.for_each(|open| {
                open.redeemed = Some(Redeemed { request: request_hash.clone(), paired: id.clone() });
            });
            book.tokens.push(Entry { hash: code::hash(&token), paired: paired.clone() });
            Ok(Redemption { paired, token, new: true })
        })
    }

    /// Whose token this is; `None` if nobody's.
    pub(crate) fn find(&self, token: &str) -> Result<Option<Paired>, BridgeError> {
        let hash = code::hash(token);
        let book = Book::read(&self.layout)?;
        Ok(book.tokens.into_iter().find(|entry| entry.hash == hash).map(|entry| entry.paired))
    }

    /// All that are paired, and the codes that wait.
    ///
    /// # Errors
    /// Those of the file.
    pub fn list(&self, now: u64) -> Result<(Vec<Paired>, Vec<Waiting>), BridgeError> {
        let mut book = Book::read(&self.layout)?;
        book.expire(now);
        let waiting = book.codes.into_iter().filter(|open| open.redeemed.is_none());
        let waiting = waiting.map(|OpenCode { name, right, expires, .. }| Waiting { name, right, expires });
        Ok((book.tokens.into_iter().map(|entry| entry.paired).collect(), waiting.collect()))
    }

    /// Ends a pairing, or takes back the code that waits under a name. Holds at once, also in a running host.
    ///
    /// # Errors
    /// [`BridgeError::Nobody`], and those of the file.
    pub fn revoke(&self, name: &str, now: u64) -> Result<Option<Paired>, BridgeError> {
        self.change(now, |book| {
            let before = (book.tokens.len(), book.codes.len());
            let gone = book.tokens.iter().find(|entry| entry.paired.name == name).cloned();
            book.tokens.retain(|entry| entry.paired.name != name);
            let id = gone.as_ref().map(|entry| entry.paired.id.as_str());
            book.codes.retain(|open| {
                let of_it =
                    open.redeemed.as_ref().is_some_and(|redeemed| Some(redeemed.paired.as_str()) == id);
                open.name.as_deref() != Some(name) && !of_it
            });
            if before == (book.tokens.len(), book.codes.len()) {
                return Err(BridgeError::Nobody(name.to_owned()));
            }
            Ok(gone.map(|entry| entry.paired))
        })
    }

    /// Changes the file as a whole, one change at a time; a change that fails changes nothing.
    fn change<T>(
        &self,
        now: u64,
        change: impl FnOnce(&mut Book) -> Result<T, BridgeError>,
    ) -> Result<T, BridgeError> {
        let _one_at_a_time = Book::lock(&self.layout)?;
        let mut book = Book::read(&self.layout)?;
        book.expire(now);
        let changed = change(&mut book)?;
        book.write(&self.layout)?;
        Ok(changed)
    }
}

/// A name stands in lines of a terminal and in commands, so it is plain.
fn check_name(name: &str) -> Result<(), BridgeError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    Err(BridgeError::Name(name.chars().take(MAX_NAME).collect()))
}

#[cfg(test)]
mod tests;
