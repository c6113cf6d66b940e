//! A WhatsApp server with phones, people and groups, on the loopback address.
//!
//! The unmodified client library speaks to it: Noise handshakes, linking by QR code and by code, pre-keys, Signal
//! sessions both ways, groups, receipts, media, what devices synchronise. It is for tests and for trying things out.

mod app_state;
mod connection;
mod doings;
mod error;
mod faults;
mod files;
mod groups;
mod identity;
mod iq;
mod linking;
mod media;
mod messages;
mod noise;
mod people;
mod prepared;
mod receipts;
mod script;
mod server;
mod signal;
mod stanza;
mod time;
mod world;

pub use error::SimulatorError;
pub use faults::Faults;
pub use files::{Attachment, Opened};
pub use groups::GroupChange;
pub use media::MEDIA_HOST;
pub use script::{Command, Done, Heard, HeardFile};
pub use server::Simulator;
pub use world::{ChatState, Received};
