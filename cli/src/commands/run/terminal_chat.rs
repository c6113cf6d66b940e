//! The console channel in the terminal that `wa run` was started in.

use std::io::{self, BufRead, IsTerminal};
use std::thread;

use runtime_host::{ConsoleLine, ConsoleSession, Host};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::terminal::{Printer, plain};

/// The chat of whoever sits at the terminal.
const CHAT: &str = "me";

/// Ends the chat when it is dropped.
pub(super) struct TerminalChat(JoinHandle<()>);

impl Drop for TerminalChat {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Lets the person at the terminal write to the agent; `None` without a terminal or a console channel.
pub(super) fn attach(host: &Host, printer: Printer) -> Option<TerminalChat> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return None;
    }
    let session = host.attach_console(vec![CHAT.to_owned()])?;
    printer.note("Write a line and press Enter to talk to the agent.");
    Some(TerminalChat(tokio::spawn(talk(session, typed_lines(), printer))))
}

async fn talk(mut session: ConsoleSession, mut typed: mpsc::Receiver<String>, printer: Printer) {
    loop {
        tokio::select! {
            Some(line) = typed.recv() => {
                if let Err(error) = session.say(CHAT, None, &line).await {
                    printer.warning(error);
                }
            }
            Some(line) = session.next() => {
                // A terminal that is gone is no place to acknowledge from.
                if printer.data(format_args!("< {}", plain(&shown(&line)))).is_ok() {
                    session.acknowledge(&line.id);
                }
            }
            else => return,
        }
    }
}

/// A reaction has no text, but an emoji.
pub(crate) fn shown(line: &ConsoleLine) -> String {
    let field = |name: &str| line.message.get(name).and_then(serde_json::Value::as_str);
    field("text").or_else(|| field("emoji")).unwrap_or_default().to_owned()
}

/// Reading a terminal blocks, so it has a thread of its own, which ends with the process.
pub(crate) fn typed_lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
