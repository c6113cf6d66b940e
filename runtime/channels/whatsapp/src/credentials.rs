//! `creds.json`: who is paired, since when, and the device's keys.

use crate::session::{Session, write};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;
use whatsapp_rs::wacore::store::Device;

/// How an account was paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowPaired {
    /// A phone scanned the QR code.
    Qr,
    /// Its owner typed the code into the phone.
    Code,
    /// The simulator made it.
    Simulator,
}

/// The version of the file's format.
const SCHEMA: u32 = 1;

/// What is kept of a paired device.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credentials {
    schema: u32,
    /// The account, such as `573001112233@s.whatsapp.net`; `None` until a phone has agreed.
    pub account: Option<String>,
    /// How it was paired.
    pub how_paired: HowPaired,
    /// When, in seconds since 1970.
    pub paired_at: i64,
    device: Box<Device>,
}

/// Why `creds.json` cannot be used.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what `wa` writes.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A newer `wa` wrote it.
    #[error("`{}` has schema {schema}; this version of wa reads schema {SCHEMA}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
}

impl Credentials {
    pub(crate) fn new(device: &Device, how_paired: HowPaired, paired_at: i64) -> Self {
        let account = device.pn.as_ref().map(|jid| jid.to_non_ad().to_string());
        Self { schema: SCHEMA, account, how_paired, paired_at, device: Box::new(device.clone()) }
    }

    pub(crate) fn read(path: &Path) -> Result<Option<Self>, CredentialsError> {
        let path = path.to_owned();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CredentialsError::Read { path, source }),
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(credentials) if credentials.schema == SCHEMA => Ok(Some(credentials)),
            Ok(Self { schema, .. }) => Err(CredentialsError::Schema { path, schema }),
            Err(source) => Err(CredentialsError::Damaged { path, source }),
        }
    }

    pub(crate) fn write(&self, session: &Session) -> io::Result<()> {
        write(&session.credentials_file(), &serde_json::to_vec(self)?)
    }

    pub(crate) fn into_device(self) -> Device {
        *self.device
    }

    /// Whether a phone has agreed.
    pub fn is_paired(&self) -> bool {
        self.account.is_some()
    }
}

/// Without the keys.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("account", &self.account)
            .field("how_paired", &self.how_paired)
            .field("paired_at", &self.paired_at)
            .finish_non_exhaustive()
    }
}
