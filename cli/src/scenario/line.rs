//! The line that a scenario's chat is on: the console, or WhatsApp with a simulated phone.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use channel_whatsapp::{Server, Session};
use manifest_schema::scenario::Media;
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
/// How long a look at a line takes where nothing is there.
const GLANCE: Duration = Duration::from_millis(2);

/// A line, open.
pub(super) enum Line {
    Console(Chat),
    WhatsApp { runtime: Arc<Runtime>, phones: Phones, heard: usize, last: Option<String> },
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

    /// Writes from the phone.
    pub(crate) async fn write(&self, text: &str, reply_to: Option<String>) -> Result<(), String> {
        let [from, to, text] = [PHONE, ACCOUNT, text].map(str::to_owned);
        self.run(Command::Write { from, to, group: None, text, reply_to }).await
    }

    async fn run(&self, command: Command) -> Result<(), String> {
        self.0.run(command).await.map(drop).map_err(|error| error.to_string())
    }

    /// The messages that came to the phone after the first `known`; waits for one.
    pub(crate) async fn heard(&self, known: usize) -> Result<Vec<Value>, String> {
        let heard = self.0.heard(PHONE, known).await.map_err(|error| error.to_string())?;
        Ok(heard.into_iter().map(|message| json!(message)).collect())
    }
}

/// What somebody does on the line.
pub(super) enum Doing<'a> {
    Writes(&'a str),
    Answers(&'a str),
    Reacts(&'a str),
    Sends(&'a Media, PathBuf),
}

impl Line {
    pub(super) fn console(client: &Client) -> Outcome<Self> {
        let chat = client.chat(&[CHAT]).cannot("open the console channel")?;
        chat.set_timeout(Some(GLANCE)).cannot("open the console channel")?;
        Ok(Self::Console(chat))
    }

    pub(super) const fn whatsapp(runtime: Arc<Runtime>, phones: Phones) -> Self {
        Self::WhatsApp { runtime, phones, heard: 0, last: None }
    }

    /// The channel, and the chat's address on it.
    pub(super) const fn address(&self) -> (&'static str, &'static str) {
        match self {
            Self::Console(_) => ("console", CHAT),
            Self::WhatsApp { .. } => ("whatsapp", PHONE),
        }
    }

    /// Does it; `number` tells the message from the others. It has reached the host when the host tells of a message.
    pub(super) fn act(&mut self, number: usize, doing: Doing<'_>) -> Result<(), String> {
        match self {
            Self::Console(chat) => match doing {
                Doing::Writes(text) => chat.send(CHAT, &format!("step-{number}"), text).map_err(words),
                _ => Err("the console takes plain messages only".to_owned()),
            },
            Self::WhatsApp { runtime, phones, last, .. } => {
                let target = || last.clone().ok_or_else(|| "no message has come yet".to_owned());
                let [from, to] = [PHONE, ACCOUNT].map(str::to_owned);
                let command = match doing {
                    Doing::Writes(text) => {
                        Command::Write { from, to, group: None, text: text.to_owned(), reply_to: None }
                    }
                    Doing::Answers(text) => Command::Write {
                        from,
                        to,
                        group: None,
                        text: text.to_owned(),
                        reply_to: Some(target()?),
                    },
                    Doing::Reacts(emoji) => {
                        Command::React { from, to, target: target()?, emoji: emoji.to_owned() }
                    }
                    Doing::Sends(media, path) => Command::SendFile {
                        from,
                        to,
                        path,
                        mime: media.mime.clone(),
                        caption: media.caption.clone(),
                        voice: media.voice,
                    },
                };
                runtime.block_on(phones.run(command))
            }
        }
    }

    /// Takes what has come.
    pub(super) fn collect(&mut self, came: &mut Vec<Value>) -> Result<(), String> {
        match self {
            Self::Console(chat) => loop {
                match chat.receive() {
                    Ok(Some(ChatEvent::Message { id, message, .. })) => {
                        chat.acknowledge(&id).map_err(words)?;
                        came.push(Value::Object(message));
                    }
                    Ok(Some(ChatEvent::Refused { reason, .. })) => return Err(reason),
                    Ok(Some(ChatEvent::Accepted { .. })) => {}
                    Ok(None) => return Err("the host has stopped".to_owned()),
                    Err(error) if is_timeout(&error) => return Ok(()),
                    Err(error) => return Err(words(error)),
                }
            },
            Self::WhatsApp { runtime, phones, heard, last } => {
                let glance = async { tokio::time::timeout(GLANCE, phones.heard(*heard)).await };
                let Ok(new) = runtime.block_on(glance) else { return Ok(()) };
                let new = new?;
                *heard += new.len();
                if let Some(id) = new.last().and_then(|message| message["id"].as_str()) {
                    *last = Some(id.to_owned());
                }
                came.extend(new);
                Ok(())
            }
        }
    }
}

fn is_timeout(error: &ClientError) -> bool {
    matches!(error, ClientError::Connection { source, .. }
        if matches!(source.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

pub(super) fn words(error: ClientError) -> String {
    error.to_string()
}
