//! What a person sees of a pairing, or a script.

use std::fs;
use std::path::PathBuf;

use channel_whatsapp::qr::{self, Ink};
use channel_whatsapp::{PairingError, PairingEvent};
use manifest_schema::names::AgentName;
use serde_json::json;

use crate::failure::{Failure, Outcome, While};
use crate::terminal::Printer;

const STEPS: &str = "On the phone: WhatsApp, Settings, Linked devices, Link a device";

/// Shows a pairing.
pub(super) struct Show {
    printer: Printer,
    json: bool,
    picture: Option<PathBuf>,
    has_told_steps: bool,
}

impl Show {
    pub(super) fn new(printer: Printer, json: bool, picture: Option<PathBuf>) -> Self {
        Self { printer, json, picture, has_told_steps: false }
    }

    pub(super) fn event(&mut self, event: &PairingEvent) -> Outcome<()> {
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
                self.printer.note(format_args!("good for {} s; a new one follows", lasts.as_secs()));
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
                self.printer.note(format_args!("good for {} s", lasts.as_secs()));
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

    pub(super) fn paired(&self, account: &str, agent: &AgentName) -> Outcome<()> {
        if self.json {
            return self.printer.data(json!({ "event": "paired", "account": account, "agent": agent }));
        }
        self.printer.done("Paired", format_args!("{} with {agent}; start it with `wa run`", number(account)));
        Ok(())
    }

    pub(super) fn failed(&self, error: &PairingError) -> Outcome<()> {
        if self.json {
            self.printer.data(json!({ "event": "failed", "reason": error.to_string() }))?;
        }
        Ok(())
    }
}

/// The phone number of an account's address.
pub(super) fn number(account: &str) -> String {
    format!("+{}", account.split('@').next().unwrap_or(account))
}
