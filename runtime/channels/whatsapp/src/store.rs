//! What the client library keeps of an account: the device in `creds.json`, all else in `signal.db` beside it.

mod app_sync;
mod protocol;
mod secrets;
mod signal;
mod table;

use crate::chats::ChatSettings;
use crate::credentials::{Credentials, HowPaired};
use crate::polls::Asked;
use crate::session::Session;
use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{SystemTime, UNIX_EPOCH};
use table::{Kind, Result, Table};
use tokio::sync::Mutex;
use whatsapp_rs::store::persistence_manager::PersistenceManager;
use whatsapp_rs::traits::DeviceStore;
use whatsapp_rs::wacore::store::Device;
use whatsapp_rs::wacore::store::error::StoreError;

/// The store of one session.
pub(crate) struct Store {
    session: Session,
    table: Table,
    /// How a device that this store creates came to be paired.
    how: HowPaired,
    /// One writer of `creds.json` at a time; whether there may be any.
    writing: Mutex<bool>,
    /// The newest state of the device, once there is a client: the library's own saves can come out of order.
    newest: OnceLock<Weak<PersistenceManager>>,
}

impl Store {
    /// Opens the store, or makes an empty one.
    pub(crate) fn open(session: &Session, how: HowPaired) -> Result<Self> {
        let table = Table::open(&session.signal())?;
        session.make_private().map_err(StoreError::Io)?;
        let (session, writing, newest) = (session.clone(), Mutex::new(true), OnceLock::new());
        Ok(Self { session, table, how, writing, newest })
    }

    pub(crate) fn follow(&self, device: &Arc<PersistenceManager>) {
        let _ = self.newest.set(Arc::downgrade(device));
    }

    /// Puts the device's newest state on the disk.
    pub(crate) async fn persist(&self) -> Result<()> {
        match self.snapshot() {
            Some(device) => self.save(&device).await,
            None => Ok(()),
        }
    }

    /// After this returns, nothing writes the credentials.
    pub(crate) async fn close(&self) {
        *self.writing.lock().await = false;
    }

    pub(crate) fn chat_settings(&self, chat: &str) -> Result<ChatSettings> {
        let kept = self.table.value(Kind::ChatSettings, chat.as_bytes())?;
        kept.map_or_else(|| Ok(ChatSettings::default()), |value| parsed(&value))
    }

    pub(crate) fn set_chat_settings(&self, chat: &str, settings: ChatSettings) -> Result<()> {
        self.table.put(Kind::ChatSettings, chat.as_bytes(), &json(&settings)?, 0)
    }

    /// What is kept of a poll that the account has asked.
    pub(crate) fn poll(&self, id: &str) -> Result<Option<Asked>> {
        self.table.value(Kind::Poll, id.as_bytes())?.map(|value| parsed(&value)).transpose()
    }

    pub(crate) fn keep_poll(&self, id: &str, asked: &Asked) -> Result<()> {
        self.table.put(Kind::Poll, id.as_bytes(), &json(asked)?, 0)
    }

    fn snapshot(&self) -> Option<Device> {
        Some(self.newest.get()?.upgrade()?.get_device_snapshot().to_serializable())
    }
}

#[async_trait]
impl DeviceStore for Store {
    async fn save(&self, device: &Device) -> Result<()> {
        let writing = self.writing.lock().await;
        if !*writing {
            return Ok(());
        }
        let newest = self.snapshot();
        let device = newest.as_ref().unwrap_or(device);
        let before = self.session.credentials().map_err(corrupt)?;
        let (how, at) = before.map_or((self.how, now()), |old| (old.how_paired, old.paired_at));
        Credentials::new(device, how, at).write(&self.session).map_err(StoreError::Io)
    }

    async fn load(&self) -> Result<Option<Device>> {
        match self.session.credentials().map_err(corrupt)? {
            Some(credentials) => Ok(Some(credentials.into_device())),
            None => Ok(None),
        }
    }

    async fn exists(&self) -> Result<bool> {
        Ok(self.session.credentials().map_err(corrupt)?.is_some())
    }

    /// The library numbers devices of one database; here a session is one device.
    async fn create(&self) -> Result<i32> {
        Ok(1)
    }
}

fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Serialization(Box::new(error))
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(corrupt)
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(corrupt)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn bytes32(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::Validation(format!("a key has {} bytes, not 32", bytes.len())))
}

/// Seconds since 1970, as the library counts.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
