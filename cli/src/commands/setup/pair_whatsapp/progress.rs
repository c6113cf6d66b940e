//! What a person sees of a pairing, or a script.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use channel_whatsapp::qr::{self, Ink};
use channel_whatsapp::{PairingError, PairingEvent};
use manifest_schema::names::AgentName;
use serde_json::json;

use super::STEPS;
use super::page::{Page, View};
use super::tunnel::Tunnel;
use crate::failure::{Failure, Outcome, While};
use crate::terminal::{Printer, Progress};

/// Shows a pairing.
pub(super) struct Show {
    printer: Printer,
    json: bool,
    picture: Option<PathBuf>,
    has_told_steps: bool,
    page: Option<Page>,
    countdown: Option<Countdown>,
}

/// How long a code is still good, on a terminal.
struct Countdown {
    until: Instant,
    then: &'static str,
    progress: Progress,
}

impl Show {
    pub(super) fn new(printer: Printer, json: bool, picture: Option<PathBuf>) -> Self {
        Self { printer, json, picture, has_told_steps: false, page: None, countdown: None }
    }

    /// Shows everything on a page, too.
    pub(super) fn on_page(&mut self, page: Page, outside: Option<&Tunnel>) -> Outcome<()> {
        let own = format!("http://{}", page.address());
        let link = page.link(outside.map_or(&own, |tunnel| &tunnel.origin));
        if self.json {
            let is_public = outside.is_some();
            self.printer.data(json!({ "event": "page", "url": link, "public": is_public }))?;
        } else {
            self.printer.note(format_args!("the page, for one browser: {link}"));
        }
        self.page = Some(page);
        Ok(())
    }

    /// Says how long the code is still good.
    pub(super) fn tick(&self) {
        let Some(Countdown { until, then, progress }) = &self.countdown else { return };
        let left = until.saturating_duration_since(Instant::now()).as_secs();
        progress.say(&format!("good for {left} s{then}"));
    }

    fn count_down(&mut self, lasts: Duration, then: &'static str) {
        let words = format!("good for {} s{then}", lasts.as_secs());
        if !self.printer.shows_progress() {
            self.printer.note(&words);
        }
        let progress = Progress::start(self.printer, words);
        self.countdown = Some(Countdown { until: Instant::now() + lasts, then, progress });
    }

    /// Shows on the page how it ended, until a browser has seen it.
    pub(super) async fn end(mut self, words: String) {
        self.countdown = None;
        if let Some(page) = self.page.take() {
            page.end(View::Said(words)).await;
        }
    }

    pub(super) fn event(&mut self, event: &PairingEvent) -> Outcome<()> {
        self.countdown = None;
        if let Some(page) = &self.page {
            page.set(view(event)?);
        }
        match event {
            PairingEvent::Qr { code, lasts } => {
                if let Some(path) = &self.picture {
                    let picture = qr::png(code).cannot("draw the QR code")?;
                    fs::write(path, picture.unwrap_or_default())
                        .cannot(format_args!("write {}", path.display()))?;
                }
                if self.json {
                    return self
                        .printer
                        .data(json!({ "event": "qr", "code": code, "expiresInSeconds": lasts.as_secs() }));
                }
                self.steps(&format!("{STEPS}, and scan this:"));
                let ink = if self.printer.colors_data() { Ink::Coloured } else { Ink::Plain };
                let drawn = qr::terminal(code, ink);
                let drawn =
                    drawn.ok_or_else(|| Failure::could_not_run("the code is too long for a QR code"))?;
                self.printer.data_text(drawn)?;
                self.count_down(*lasts, "; a new one follows");
            }
            PairingEvent::Code { code, lasts } => {
                let (start, end) = code.split_at(code.len() / 2);
                if self.json {
                    return self
                        .printer
                        .data(json!({ "event": "code", "code": code, "expiresInSeconds": lasts.as_secs() }));
                }
                self.steps(&format!("{STEPS}, Link with phone number instead, and type:"));
                self.printer.data(format_args!("{start}-{end}"))?;
                self.count_down(*lasts, "");
            }
            PairingEvent::Linked if self.json => return self.printer.data(json!({ "event": "linked" })),
            PairingEvent::Linked => self.printer.done("Linked", "the phone agreed; logging in"),
        }
        Ok(())
    }

    fn steps(&mut self, steps: &str) {
        if !std::mem::replace(&mut self.has_told_steps, true) {
            self.printer.note(steps);
        }
    }

    pub(super) fn paired(&mut self, account: &str, agent: &AgentName) -> Outcome<()> {
        self.countdown = None;
        if self.json {
            return self.printer.data(json!({ "event": "paired", "account": account, "agent": agent }));
        }
        self.printer.done("Paired", format_args!("{} with {agent}; start it with `wa run`", number(account)));
        Ok(())
    }

    pub(super) fn failed(&mut self, error: &PairingError) -> Outcome<()> {
        self.countdown = None;
        if self.json {
            self.printer.data(json!({ "event": "failed", "reason": error.to_string() }))?;
        }
        Ok(())
    }
}

/// What the page shows of it.
fn view(event: &PairingEvent) -> Outcome<View> {
    Ok(match event {
        PairingEvent::Qr { code, lasts } => {
            let picture = qr::png(code).cannot("draw the QR code")?.unwrap_or_default();
            View::Qr(picture, Instant::now() + *lasts)
        }
        PairingEvent::Code { code, lasts } => {
            let (start, end) = code.split_at(code.len() / 2);
            View::Code(format!("{start}-{end}"), Instant::now() + *lasts)
        }
        PairingEvent::Linked => View::Said("The phone agreed; logging in …".to_owned()),
    })
}

/// The phone number of an account's address.
pub(super) fn number(account: &str) -> String {
    format!("+{}", account.split('@').next().unwrap_or(account))
}
