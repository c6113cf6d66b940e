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
use tokio::time::Instant;
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
    /// How long to wait for the phone.
    pub timeout: Duration,
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
    /// No server gave a code to show: there is no connection, or it is not WhatsApp that answers.
    #[error("WhatsApp cannot be reached")]
    Unreachable,
    /// Nobody used a code in time.
    #[error("nobody used a code in time")]
    Expired,
    /// The server or the phone said no.
    #[error("pairing was refused: {0}")]
    Refused(String),
}

/// From the start to the first code.
const CONNECTED: Duration = Duration::from_secs(30);

/// How far a pairing is.
enum Step {
    CodeShown,
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
    let (step, steps) = mpsc::unbounded_channel();
    let by_code = options.phone.is_some();
    let link = LinkOptions { session: &fresh, server: options.server, how, phone: options.phone };
    let link =
        Link::start(link, Arc::new(Nobody), move |event| hear(&event, by_code, &events, &step)).await?;
    let ended = wait(steps, options.timeout).await;
    link.stop().await;
    ended?;
    settle(session, &fresh, place.path())
}

/// Waits until the device is logged in.
async fn wait(mut steps: mpsc::UnboundedReceiver<Step>, limit: Duration) -> Result<(), PairingError> {
    let started = Instant::now();
    let mut is_shown = false;
    loop {
        let until = if is_shown { limit } else { limit.min(CONNECTED) };
        match tokio::time::timeout_at(started + until, steps.recv()).await {
            Ok(Some(Step::CodeShown)) => is_shown = true,
            Ok(Some(Step::LoggedIn)) => return Ok(()),
            Ok(Some(Step::Failed(error))) => return Err(error),
            Ok(None) => return Err(PairingError::Unreachable),
            Err(_) if is_shown => return Err(PairingError::Expired),
            Err(_) => return Err(PairingError::Unreachable),
        }
    }
}

fn hear(
    event: &Arc<Event>,
    by_code: bool,
    events: &mpsc::UnboundedSender<PairingEvent>,
    steps: &mpsc::UnboundedSender<Step>,
) {
    let failed = |error| drop(steps.send(Step::Failed(error)));
    let shown = |event| {
        let _ = steps.send(Step::CodeShown);
        let _ = events.send(event);
    };
    match &**event {
        Event::PairingQrCode(qr) if !by_code => {
            shown(PairingEvent::Qr { code: qr.code.clone(), lasts: qr.timeout });
        }
        Event::PairingCode(code) => {
            shown(PairingEvent::Code { code: code.code.clone(), lasts: code.timeout });
        }
        Event::PairSuccess(_) => drop(events.send(PairingEvent::Linked)),
        Event::Connected(_) => drop(steps.send(Step::LoggedIn)),
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
