//! Pairing: a new device of an account, made in a directory of its own, and put in place when it works.

use crate::credentials::HowPaired;
use crate::inbound::Nobody;
use crate::link::{Link, LinkError, LinkOptions};
use crate::server::Server;
use crate::session::{Session, SessionError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::mpsc;
use whatsapp_rs::types::events::Event;

/// What happens on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairingEvent {
    /// This is to be scanned, as a QR code.
    Qr {
        /// What the QR code says.
        code: String,
        /// For how long it is good.
        lasts: Duration,
    },
    /// This is to be typed into the phone.
    Code {
        /// Eight characters.
        code: String,
        /// For how long it is good.
        lasts: Duration,
    },
    /// The phone has agreed; the device logs in.
    Linked,
}

/// How to pair.
#[derive(Debug, Clone)]
pub struct PairingOptions {
    /// The server.
    pub server: Server,
    /// By a code for this phone number, digits only; by QR code without one.
    pub phone: Option<String>,
    /// What this process is, for others that want the account.
    pub command: String,
}

/// Why there is no new device. What was paired before is as it was.
#[derive(Debug, Error)]
pub enum PairingError {
    /// Another process has the account, or its directory cannot be used.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The client library could not start.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// There is no connection to the server.
    #[error("cannot connect to the server: {0}")]
    Unreachable(String),
    /// All codes that the server had were shown, and nobody used one.
    #[error("nobody used a code in time")]
    Expired,
    /// The server or the phone said no.
    #[error("pairing was refused: {0}")]
    Refused(String),
}

/// What ends a pairing.
enum End {
    LoggedIn,
    Failed(PairingError),
}

/// Pairs a device and puts it into the session's place. Dropping the future leaves what was there before.
///
/// # Errors
/// [`PairingError`].
pub async fn pair(
    session: &Session,
    options: PairingOptions,
    events: mpsc::UnboundedSender<PairingEvent>,
) -> Result<String, PairingError> {
    let _held = session.hold(&options.command)?;
    let place = session.pairing_place()?;
    let fresh = Session::in_directory(place.path());
    fresh.create()?;
    let how = if options.phone.is_some() { HowPaired::Code } else { HowPaired::Qr };
    let (end, mut ended) = mpsc::unbounded_channel();
    let by_code = options.phone.is_some();
    let link = LinkOptions { session: &fresh, server: options.server, how, phone: options.phone };
    let link = Link::start(link, None::<Nobody>, move |event| hear(&event, by_code, &events, &end)).await?;
    let end = ended.recv().await;
    link.stop().await;
    match end {
        Some(End::LoggedIn) => settle(session, &fresh, place.path()),
        Some(End::Failed(error)) => Err(error),
        None => Err(PairingError::Unreachable("the client ended".to_owned())),
    }
}

fn hear(
    event: &Arc<Event>,
    by_code: bool,
    events: &mpsc::UnboundedSender<PairingEvent>,
    end: &mpsc::UnboundedSender<End>,
) {
    let failed = |error| drop(end.send(End::Failed(error)));
    match &**event {
        Event::PairingQrCode(qr) if !by_code => {
            let _ = events.send(PairingEvent::Qr { code: qr.code.clone(), lasts: qr.timeout });
        }
        Event::PairingCode(code) => {
            let _ = events.send(PairingEvent::Code { code: code.code.clone(), lasts: code.timeout });
        }
        Event::PairSuccess(_) => drop(events.send(PairingEvent::Linked)),
        Event::Connected(_) => drop(end.send(End::LoggedIn)),
        Event::PairingQrCodesExhausted(_) => failed(PairingError::Expired),
        Event::PairingCodeError(error) => failed(PairingError::Refused(error.error.clone())),
        Event::PairError(error) => failed(PairingError::Refused(error.error.clone())),
        Event::QrScannedWithoutMultidevice(_) => {
            failed(PairingError::Refused("this phone's WhatsApp is too old".to_owned()));
        }
        Event::ClientOutdated(_) => {
            failed(PairingError::Refused("WhatsApp wants a newer client".to_owned()));
        }
        Event::LoggedOut(out) => failed(PairingError::Refused(format!("logged out: {:?}", out.reason))),
        Event::TemporaryBan(ban) => failed(PairingError::Refused(format!("banned: {:?}", ban.code))),
        Event::ConnectFailure(failure) => {
            failed(PairingError::Refused(format!("the server refused: {:?}", failure.reason)));
        }
        _ => {}
    }
}

/// Puts the new device into its place, and the old one away, in one step.
fn settle(session: &Session, fresh: &Session, place: &Path) -> Result<String, PairingError> {
    let credentials = fresh.credentials().map_err(SessionError::from)?;
    let account = credentials.and_then(|credentials| credentials.account);
    let account = account.ok_or_else(|| PairingError::Refused("the server named no account".to_owned()))?;
    session.take_over(place)?;
    Ok(account)
}
