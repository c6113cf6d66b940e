//! The chat with a plugin that is being written: on the console channel, or from a simulated phone.

use std::collections::VecDeque;

use runtime_host::{ConsoleSession, Host};

use crate::commands::run;
use crate::failure::{Failure, Outcome};
use crate::scenario::Phones;
use crate::terminal::Printer;

/// The chat of whoever sits at the terminal.
const CHAT: &str = "me";

pub(super) enum Chat {
    Console(ConsoleSession),
    Phone { phones: Phones, heard: usize, waiting: VecDeque<String> },
}

impl Chat {
    pub(super) fn console(host: &Host) -> Outcome<Self> {
        let session = host.attach_console(vec![CHAT.to_owned()]);
        session.map(Self::Console).ok_or_else(|| Failure::could_not_run("the console channel is not there"))
    }

    pub(super) const fn phone(phones: Phones) -> Self {
        Self::Phone { phones, heard: 0, waiting: VecDeque::new() }
    }

    /// Writes to the plugin; that it was not taken is told.
    pub(super) async fn say(&self, text: &str, printer: Printer) {
        let said = match self {
            Self::Console(session) => {
                session.say(CHAT, None, text).await.map(drop).map_err(|error| error.to_string())
            }
            Self::Phone { phones, .. } => phones.write(text, None).await,
        };
        if let Err(why) = said {
            printer.warning(format_args!("not sent: {why}"));
        }
    }

    /// The next message that comes; nothing is lost where the wait for it is given up.
    pub(super) async fn next(&mut self) -> Option<String> {
        match self {
            Self::Console(session) => {
                let line = session.next().await?;
                session.acknowledge(&line.id);
                Some(run::shown(&line))
            }
            Self::Phone { phones, heard, waiting } => {
                if waiting.is_empty() {
                    let new = phones.heard(*heard).await.ok()?;
                    *heard += new.len();
                    waiting
                        .extend(new.iter().filter_map(|message| message["text"].as_str()).map(str::to_owned));
                }
                waiting.pop_front()
            }
        }
    }
}
