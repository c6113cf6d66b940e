//! Where messages come from and go to.

pub(crate) mod console;
mod listen;
pub(crate) mod whatsapp;
pub(crate) mod wire;

pub(crate) use console::Console;
pub(crate) use listen::listen;
pub use whatsapp::InboundCounters;
pub(crate) use whatsapp::WhatsApp;

use crate::journal::OutboundRow;
use std::pin::Pin;

/// Why a channel did not take a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeliveryError {
    /// Nobody is there to take it; the channel says so when somebody is.
    NotReady,
    /// It failed, and may succeed later.
    Failed(String),
}

pub(crate) type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;

/// One account on a messaging transport, as the outbox sees it.
pub(crate) trait Channel: Send + Sync {
    /// Hands one message over; `Ok` only once the other side has it. A repeat carries the same id.
    fn deliver<'a>(&'a self, message: &'a OutboundRow, chat: &'a str) -> Delivery<'a>;

    /// A chat's address in the one way that this channel writes it; in words why it is none.
    fn address(&self, to: &str) -> Result<String, String> {
        Ok(to.to_owned())
    }
}
