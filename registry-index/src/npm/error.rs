//! Why something could not be fetched or published.

use super::PackageName;
use crate::digest::Sha512;
use crate::disk::DiskError;
use crate::index::RootError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a registry or a URL gave nothing that can be used.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The network is not to be used, and the answer is not in the cache.
    #[error("`{0}` is not in the cache, and --offline forbids to fetch it")]
    Offline(String),
    /// A local archive is not there any more.
    #[error("the archive `{}` is not there any more, and no mirror has it", .0.display())]
    Gone(PathBuf),
    /// A registry's address in `.npmrc` is none.
    #[error(transparent)]
    Registry(#[from] RootError),
    /// The text is no URL.
    #[error("`{0}` is not a URL that can be fetched")]
    Url(String),
    /// Plain HTTP to another machine.
    #[error("`{0}` is not encrypted; plain http is for this machine only, so write https")]
    Plain(String),
    /// The client could not be made.
    #[error("the HTTP client cannot be started")]
    Client(#[source] reqwest::Error),
    /// The connection failed, each time.
    #[error("`{url}` cannot be reached")]
    Connection {
        /// What was asked for.
        url: String,
        /// What happened the last time.
        source: reqwest::Error,
    },
    /// The answer came too slowly.
    #[error("`{0}` answers too slowly; WA_FETCH_TIMEOUT sets the seconds to wait")]
    Slow(String),
    /// The connection broke, each time.
    #[error("`{url}` broke off after {got} bytes")]
    Truncated {
        /// What was asked for.
        url: String,
        /// How much came.
        got: u64,
        /// What happened.
        source: std::io::Error,
    },
    /// The answer is larger than anything that is expected.
    #[error("`{url}` sends more than {} MiB", limit >> 20)]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The server says no.
    #[error("`{url}` answers {status}{}", advice(*status))]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says about it, shortened.
        words: String,
    },
    /// The server sends elsewhere, where nobody may be sent.
    #[error("`{url}` redirects {why}")]
    Redirect {
        /// What was asked for.
        url: String,
        /// What is wrong with the redirect.
        why: &'static str,
    },
    /// The answer is compressed, though that was not asked for.
    #[error("`{0}` answers in an encoding that was not asked for")]
    Encoding(String),
    /// The answer is not what the protocol says.
    #[error("`{url}` is not an answer of a registry")]
    Malformed {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The registry does not have the package.
    #[error("there is no package `{name}` in {registry}")]
    NoPackage {
        /// The package.
        name: PackageName,
        /// Where it was looked for.
        registry: String,
    },
    /// No version fits.
    #[error("no version of `{name}` fits `{wanted}`; {known}")]
    NoVersion {
        /// The package.
        name: PackageName,
        /// What was asked for.
        wanted: String,
        /// Which versions or tags there are, in words.
        known: String,
    },
    /// The registry speaks of another package or version than was asked for.
    #[error("the registry answers with the {what} `{found}` where `{asked}` was asked for")]
    Confused {
        /// Name or version.
        what: &'static str,
        /// What was asked for.
        asked: String,
        /// What came.
        found: String,
    },
    /// The registry does not say where the archive is, or with which digest.
    #[error("the registry gives no {what} for `{name}@{version}`, so its archive cannot be checked")]
    Undescribed {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// What is missing.
        what: &'static str,
    },
    /// The bytes are not those that were promised.
    #[error("`{url}` is not the archive that was promised: {promised}, but it is {found}")]
    Integrity {
        /// Where they came from.
        url: String,
        /// The promised digest.
        promised: String,
        /// The digest of what came.
        found: Box<Sha512>,
    },
    /// The registry's own signature is wrong.
    #[error("the registry's signature of `{package}` is not good: {why}")]
    Signature {
        /// Package and version.
        package: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

fn advice(status: u16) -> &'static str {
    match status {
        401 => " (who are you?); put a token for it into ~/.npmrc",
        403 => " (not allowed)",
        404 => " (not found)",
        429 => " (too many requests); try again later",
        _ => "",
    }
}

impl FetchError {
    /// Whether what came breaks a rule (exit code 1), rather than that nothing came (exit code 2).
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Plain(_)
                | Self::TooLarge { .. }
                | Self::Redirect { .. }
                | Self::Encoding(_)
                | Self::NoPackage { .. }
                | Self::NoVersion { .. }
                | Self::Confused { .. }
                | Self::Undescribed { .. }
                | Self::Integrity { .. }
                | Self::Signature { .. }
        )
    }
}
