//! The client library, running for one session.

use crate::chats;
use crate::credentials::HowPaired;
use crate::http::Http;
use crate::inbound::{Hook, Inbox};
use crate::server::Server;
use crate::session::Session;
use crate::store::Store;
use std::sync::Arc;
use thiserror::Error;
use whatsapp_rs::Client;
use whatsapp_rs::bot::{Bot, BotBuilderError, BotHandle, EventDelivery};
use whatsapp_rs::pair_code::PairCodeOptions;
use whatsapp_rs::transport::TokioWebSocketTransportFactory;
use whatsapp_rs::types::events::Event;
use whatsapp_rs::wacore::store::error::StoreError;

/// Events that may wait to be handled. Messages are not among them: they are taken before they are acknowledged.
const EVENTS: usize = 65_536;
/// The version that clients of a simulator say to be; WhatsApp's own is asked for.
const SIMULATED_VERSION: (u32, u32, u32) = (2, 3000, 1);
/// One-time keys that a client of a simulator keeps there: fewer than WhatsApp's 812, since making them takes a second.
const SIMULATED_KEYS: usize = 50;

/// Why the client library could not start.
#[derive(Debug, Error)]
pub enum LinkError {
    /// The account's state cannot be used.
    #[error("the account's state cannot be used")]
    Store(#[from] StoreError),
    /// HTTP cannot be used.
    #[error("HTTP cannot be used")]
    Http(#[from] reqwest::Error),
    /// The library refused.
    #[error("the WhatsApp client could not start")]
    Client(#[from] BotBuilderError),
}

/// What a link is for.
pub(crate) struct LinkOptions<'a> {
    pub(crate) session: &'a Session,
    pub(crate) server: Server,
    /// How a device that is created is going to be paired.
    pub(crate) how: HowPaired,
    /// The phone number to pair by code with.
    pub(crate) phone: Option<String>,
}

/// A client that runs until it is stopped.
pub(crate) struct Link {
    pub(crate) client: Arc<Client>,
    pub(crate) store: Arc<Store>,
    handle: BotHandle,
}

impl Link {
    /// Starts the client. `on_event` sees every event in order; `inbox` takes messages before they are acknowledged.
    pub(crate) async fn start(
        options: LinkOptions<'_>,
        inbox: Arc<dyn Inbox>,
        on_event: impl Fn(Arc<Event>) + Send + Sync + 'static,
    ) -> Result<Self, LinkError> {
        let store = Arc::new(Store::open(options.session, options.how)?);
        let transport = TokioWebSocketTransportFactory::new();
        let transport = match options.server {
            Server::WhatsApp => transport,
            Server::Simulator { chat, .. } => transport.with_url(format!("ws://{chat}/ws/chat")),
        };
        let on_event = Arc::new(on_event);
        let kept = Arc::clone(&store);
        let mut builder = Bot::builder()
            .with_backend_arc(store.clone())
            .with_transport_factory(transport)
            .with_http_client(Http::new(options.server)?)
            .with_event_delivery(EventDelivery::Ordered { capacity: EVENTS })
            .skip_history_sync()
            .with_inbound_durability_hook(Hook { inbox, store: Arc::clone(&store) })
            .on_event(move |event, _| {
                let (on_event, kept) = (Arc::clone(&on_event), Arc::clone(&kept));
                async move {
                    // Who hears of a device finds it on the disk.
                    if matches!(&*event, Event::PairSuccess(_) | Event::Connected(_)) {
                        let _ = kept.persist().await;
                    }
                    let _ = chats::learn(&kept, &event).await;
                    on_event(event);
                }
            });
        if matches!(options.server, Server::Simulator { .. }) {
            builder = builder.with_version(SIMULATED_VERSION).with_wanted_pre_key_count(SIMULATED_KEYS);
        }
        if let Some(phone_number) = options.phone {
            builder = builder.with_pair_code(PairCodeOptions { phone_number, ..Default::default() });
        }
        let bot = builder.build().await?;
        let client = bot.client();
        store.follow(&client.persistence_manager());
        Ok(Self { client, store, handle: bot.spawn() })
    }

    /// Disconnects, with all state on the disk.
    pub(crate) async fn stop(self) {
        self.handle.shutdown().await;
        let _ = self.store.persist().await;
        self.store.close().await;
    }
}
