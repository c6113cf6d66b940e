//! `wa chat`

use std::io::{self, BufRead, ErrorKind, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use clap::Args;
use runtime_host::client::{Chat as Connection, ChatEvent, ChatSender, ClientError};

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// Write to the agent of a running host, as a person on the console channel would
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa chat                       (a conversation; one line is one message)\n  \
                        wa chat \"where is 1002?\"      (one message; prints the reply)\n  \
                        printf 'hi\\nbye\\n' | wa chat   (several; prints all replies)\n\n\
                        Exits 1 when there are fewer replies than messages."
)]
pub(crate) struct Chat {
    /// One message; without it, every line of standard input is one
    text: Option<String>,

    /// Who is writing: the name of the chat
    #[arg(long = "as", value_name = "CHAT", default_value = "me")]
    chat: String,

    /// How long to wait for a reply after the last message, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    wait: u64,
}

/// How often the end of the input is looked for while no reply comes.
const TICK: Duration = Duration::from_millis(50);

impl Chat {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let host = project::running_host(context)?;
        let connection = host
            .chat(&[&self.chat])
            .map_err(|error| project::host_failure("open the console channel", &error))?;
        let input = Arc::new(Input::default());
        let prefix = message_prefix(context);
        let mut sender = connection.sender().cannot("send messages")?;
        if let Some(text) = self.text {
            input.send(&mut sender, &self.chat, &prefix, &text);
            input.end();
        } else {
            if io::stdin().is_terminal() {
                context.printer.note("Write a line and press Enter; Ctrl-D ends the conversation.");
            }
            let (input, chat) = (Arc::clone(&input), self.chat);
            thread::spawn(move || {
                for line in
                    io::stdin().lock().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty())
                {
                    input.send(&mut sender, &chat, &prefix, &line);
                }
                input.end();
            });
        }
        listen(context, connection, &input, Duration::from_secs(self.wait))
    }
}

/// What was sent so far, and whether more will be.
#[derive(Default)]
struct Input {
    sent: AtomicUsize,
    ended: OnceLock<Instant>,
}

impl Input {
    /// A failing connection shows on the listening side.
    fn send(&self, sender: &mut ChatSender, chat: &str, prefix: &str, text: &str) {
        let number = self.sent.fetch_add(1, Ordering::SeqCst);
        if sender.send(chat, &format!("{prefix}-{number}"), text).is_err() {
            self.end();
        }
    }

    fn end(&self) {
        self.ended.get_or_init(Instant::now);
    }
}

/// Prints what comes until every message has its reply and no more messages follow, or until the wait is over.
fn listen(context: &Context, mut connection: Connection, input: &Input, wait: Duration) -> Outcome {
    connection.set_timeout(Some(TICK)).cannot("listen for replies")?;
    let (mut replies, mut last) = (0, Instant::now());
    loop {
        match connection.receive() {
            Ok(Some(ChatEvent::Message { id, message, .. })) => {
                context.printer.data(plain(&shown(&message)))?;
                connection.acknowledge(&id).cannot("acknowledge a message")?;
                (replies, last) = (replies + 1, Instant::now());
            }
            Ok(Some(ChatEvent::Refused { reason, .. })) => {
                return Err(Failure::no(format_args!("the message was refused: {reason}")));
            }
            Ok(Some(ChatEvent::Accepted { .. })) => last = Instant::now(),
            Ok(None) => return Err(Failure::could_not_run("the host has stopped")),
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(project::host_failure("listen for replies", &error)),
        }
        let Some(&ended) = input.ended.get() else { continue };
        let missing = input.sent.load(Ordering::SeqCst).saturating_sub(replies);
        if missing == 0 {
            return Ok(Status::Done);
        }
        if last.max(ended).elapsed() > wait {
            return Err(Failure::no(format_args!("no reply to {missing} of the messages after {} s", wait.as_secs()))
                .hint("`wa plugins plan --for event:message.received` shows who listens; `wa status` shows how they are"));
        }
    }
}

fn is_timeout(error: &ClientError) -> bool {
    matches!(error, ClientError::Connection { source, .. } if matches!(source.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

/// A reaction has no text, but an emoji.
fn shown(message: &serde_json::Map<String, serde_json::Value>) -> String {
    let field = |name: &str| message.get(name).and_then(serde_json::Value::as_str);
    field("text").or_else(|| field("emoji")).unwrap_or_default().to_owned()
}

/// Ids of one call of `wa chat` begin alike, and no two calls have the same beginning.
fn message_prefix(context: &Context) -> String {
    let now = (context.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", std::process::id(), now.as_micros())
}
