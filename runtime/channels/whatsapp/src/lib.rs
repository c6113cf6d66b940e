//! A WhatsApp account: paired, connected, its messages in and out. The one crate that knows the client library.

mod account;
mod address;
mod chats;
mod credentials;
mod groups;
mod http;
mod inbound;
mod link;
mod media;
mod outbound;
mod pairing;
mod polls;
pub mod qr;
mod server;
mod session;
mod store;

pub use account::{Account, AccountError, AccountEvent, AccountOptions, ReceiptKind, SendError};
pub use address::{AddressError, address};
pub use credentials::{Credentials, CredentialsError, HowPaired};
pub use groups::{GroupChange, GroupNews};
pub use inbound::{Content, Inbound, Inbox};
pub use link::LinkError;
pub use media::{LARGEST_FILE, Media, MediaKind};
pub use outbound::{Author, Outbound};
pub use pairing::{PairingError, PairingEvent, PairingOptions, pair};
pub use server::{Server, ServerError};
pub use session::{Held, Holder, Session, SessionError};
