//! The server: listens on the loopback address, and keeps the world.

use crate::connection;
use crate::error::Result;
use crate::media::{self, Files};
use crate::noise::ServerKey;
use crate::world::World;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::task::JoinSet;
use whatsapp_rs::wacore::libsignal::protocol::KeyPair;

/// A WhatsApp server with phones, people and groups. It ends when it is dropped.
pub struct Simulator {
    chat: SocketAddr,
    media: SocketAddr,
    key: ServerKey,
    world: Mutex<World>,
    files: Files,
    change: Notify,
    count: AtomicU64,
    /// Tells runs apart.
    run: u32,
    tasks: std::sync::Mutex<JoinSet<()>>,
}

impl Simulator {
    /// Starts on free ports.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Io`].
    pub async fn start() -> Result<Arc<Self>> {
        let chat = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let media = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let simulator = Arc::new(Self {
            chat: chat.local_addr()?,
            media: media.local_addr()?,
            key: ServerKey::new(KeyPair::generate(&mut rand::rng())),
            world: Mutex::default(),
            files: Files::default(),
            change: Notify::new(),
            count: AtomicU64::new(1),
            run: rand::random::<u32>() >> 8,
            tasks: std::sync::Mutex::new(JoinSet::new()),
        });
        let served = Arc::downgrade(&simulator);
        let accept = async move {
            while let Ok((stream, _)) = chat.accept().await {
                let Some(simulator) = served.upgrade() else { return };
                tokio::spawn(async move {
                    let weak = Arc::downgrade(&simulator);
                    if let Err(error) = connection::serve(simulator, stream).await
                        && let Some(simulator) = weak.upgrade()
                    {
                        simulator.world().await.troubles.push(error.to_string());
                        simulator.changed();
                    }
                });
            }
        };
        let files = Arc::clone(&simulator.files);
        let mut tasks = simulator.tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tasks.spawn(accept);
        tasks.spawn(async move {
            let _ = axum::serve(media, media::router(files)).await;
        });
        drop(tasks);
        Ok(simulator)
    }

    /// Where clients connect to.
    pub const fn chat_address(&self) -> SocketAddr {
        self.chat
    }

    /// Where clients bring files to, and get them from.
    pub const fn media_address(&self) -> SocketAddr {
        self.media
    }

    pub(crate) const fn key(&self) -> &ServerKey {
        &self.key
    }

    pub(crate) const fn files(&self) -> &Files {
        &self.files
    }

    pub(crate) async fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().await
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// An id for a stanza or a message of the simulator's; no other run gives it.
    pub(crate) fn next_id(&self) -> String {
        format!("51B{:06X}{:06X}", self.run, self.next_number())
    }

    pub(crate) fn changed(&self) {
        self.change.notify_waiters();
    }

    /// Waits until `found` finds something.
    pub(crate) async fn until<T>(&self, mut found: impl FnMut(&mut World) -> Option<T>) -> T {
        loop {
            let change = self.change.notified();
            tokio::pin!(change);
            change.as_mut().enable();
            if let Some(value) = found(&mut *self.world().await) {
                return value;
            }
            change.await;
        }
    }
}
