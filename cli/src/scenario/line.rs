//! The line that a scenario's chat is on: the console, or WhatsApp with a simulated phone.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use channel_whatsapp::{Server, Session};
use runtime_host::client::{Chat, ChatEvent, Client, ClientError};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use whatsapp_simulator::{Command, Simulator};

use crate::failure::{Outcome, While};

/// The console chat that scenarios are played in.
const CHAT: &str = "tester";
/// The account that is tested, and the phone that writes to it.
const ACCOUNT: &str = "573000000001";
const PHONE: &str = "573000000002";
/// How long a message may take that a step waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A line, open.
pub(crate) enum Line<'a> {
    Console(Chat),
    WhatsApp { runtime: &'a Runtime, phones: Phones, heard: usize },
}

/// A simulator with an account whose device is in place, and a phone.
#[derive(Clone)]
pub(crate) struct Phones(Arc<Simulator>);

impl Phones {
    /// Starts it, and puts the account's device into this directory.
    pub(crate) async fn start(session: &Path) -> Outcome<Self> {
        let simulator = Simulator::start().await.cannot("start the simulator")?;
        simulator.add_account(ACCOUNT, "Tested").await.cannot("add an account")?;
        simulator.add_contact(PHONE, "Tester").await.cannot("add a contact")?;
        let device = simulator.prepare(ACCOUNT).await.cannot("link a device")?;
        Session::of(session).install(&device).cannot("put the device into its place")?;
        Ok(Self(simulator))
    }

    pub(crate) fn server(&self) -> Server {
        Server::Simulator { chat: self.0.chat_address(), media: self.0.media_address() }
    }
}

impl<'a> Line<'a> {
    pub(crate) fn console(client: &Client) -> Outcome<Self> {
        let chat = client.chat(&[CHAT]).cannot("open the console channel")?;
        chat.set_timeout(Some(PATIENCE)).cannot("open the console channel")?;
        Ok(Self::Console(chat))
    }

    pub(crate) const fn whatsapp(runtime: &'a Runtime, phones: Phones) -> Self {
        Self::WhatsApp { runtime, phones, heard: 0 }
    }

    /// The channel, and the chat's address on it.
    pub(super) const fn address(&self) -> (&'static str, &'static str) {
        match self {
            Self::Console(_) => ("console", CHAT),
            Self::WhatsApp { .. } => ("whatsapp", PHONE),
        }
    }

    /// Writes a message; `number` tells it from the others.
    pub(super) fn write(&mut self, number: usize, text: &str) -> Result<(), String> {
        match self {
            Self::Console(chat) => {
                chat.send(CHAT, &format!("step-{number}"), text).map_err(words)?;
                wait_for(chat, |event| match event {
                    ChatEvent::Accepted { .. } => Some(Ok(())),
                    ChatEvent::Refused { reason, .. } => Some(Err(reason)),
                    ChatEvent::Message { .. } => None,
                })?
            }
            Self::WhatsApp { runtime, phones, .. } => {
                let [from, to, text] = [PHONE, ACCOUNT, text].map(str::to_owned);
                let write = Command::Write { from, to, group: None, text, reply_to: None };
                runtime.block_on(phones.0.run(write)).map(drop).map_err(|error| error.to_string())
            }
        }
    }

    /// The next message that comes.
    pub(super) fn next_message(&mut self) -> Result<Value, String> {
        match self {
            Self::Console(chat) => {
                let (id, message) = wait_for(chat, |event| match event {
                    ChatEvent::Message { id, message, .. } => Some((id, Value::Object(message))),
                    _ => None,
                })?;
                chat.acknowledge(&id).map_err(words)?;
                Ok(message)
            }
            Self::WhatsApp { runtime, phones, heard } => {
                let next = async { tokio::time::timeout(PATIENCE, phones.0.heard(PHONE, *heard)).await };
                let next = runtime.block_on(next).map_err(|_| late())?.map_err(|error| error.to_string())?;
                *heard += 1;
                next.first().map(|message| json!(message)).ok_or_else(late)
            }
        }
    }
}

fn wait_for<T>(chat: &mut Chat, wanted: impl Fn(ChatEvent) -> Option<T>) -> Result<T, String> {
    loop {
        let event = chat.receive().map_err(words)?.ok_or("the host has stopped")?;
        if let Some(found) = wanted(event) {
            return Ok(found);
        }
    }
}

fn late() -> String {
    format!("no message came within {} s", PATIENCE.as_secs())
}

pub(super) fn words(error: ClientError) -> String {
    match &error {
        ClientError::Connection { source, .. }
            if matches!(source.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
        {
            late()
        }
        _ => error.to_string(),
    }
}
