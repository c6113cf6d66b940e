//! `wa simulator`

use std::path::PathBuf;
use std::sync::Arc;

use channel_whatsapp::Session;
use clap::Args;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::mpsc;
use whatsapp_simulator::{Command, Simulator as Server, SimulatorError};

use crate::commands::run;
use crate::context::Context;
use crate::failure::{Outcome, While};
use crate::status::Status;
use crate::terminal::Printer;

/// A WhatsApp server and phones on this machine, to try things without an account
#[derive(Debug, Args)]
#[command(
    after_help = "Prints its address, then takes one command a line, as JSON, until its input ends. It prints what came of\n\
                        each, and each message that somebody got. An account and a contact are there from the start.\n\n\
                        Examples of commands:\n  \
                        {\"do\":\"write\",\"from\":\"573000000002\",\"to\":\"573000000001\",\"text\":\"hello\"}\n  \
                        {\"do\":\"contact\",\"phone\":\"573000000003\",\"name\":\"Eva\"}\n  \
                        {\"do\":\"unlink\",\"account\":\"573000000001\"}\n\n\
                        `wa run --simulator ADDRESS` connects to it."
)]
pub(crate) struct Simulator {
    /// Link a device to the account, and put it into this session directory; may be given several times
    #[arg(long, value_name = "DIR")]
    session: Vec<PathBuf>,

    /// The number of the account that is there from the start
    #[arg(long, value_name = "NUMBER", default_value = "573000000001")]
    account: String,

    /// The number of the contact that is there from the start
    #[arg(long, value_name = "NUMBER", default_value = "573000000002")]
    contact: String,
}

impl Simulator {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        run::runtime()?.block_on(self.serve(context.printer))
    }

    async fn serve(self, printer: Printer) -> Outcome {
        let server = Server::start().await.cannot("start the simulator")?;
        let (heard, mut news) = mpsc::unbounded_channel();
        server.add_account(&self.account, "Desk").await.cannot("add the account")?;
        for session in &self.session {
            let device = server.prepare(&self.account).await.cannot("link a device")?;
            Session::of(session).install(&device).cannot("put the device into its place")?;
        }
        server.add_contact(&self.contact, "Ana").await.cannot("add the contact")?;
        listen(&server, self.contact, heard.clone());
        watch(&server, heard.clone());
        printer.note("This is a simulator: nothing goes to WhatsApp.");
        let address = format!("{}/{}", server.chat_address(), server.media_address().port());
        printer.data(json!({ "event": "ready", "schemaVersion": 1, "address": address }))?;
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        loop {
            tokio::select! {
                Some(heard) = news.recv() => printer.data(heard)?,
                line = lines.next_line() => match line.cannot("read the commands")? {
                    Some(line) if line.trim().is_empty() => {}
                    Some(line) => {
                        let answer = obey(&server, &line, &heard).await;
                        printer.data(answer)?;
                    }
                    None => return Ok(Status::Done),
                },
            }
        }
    }
}

/// Prints what a contact gets.
fn listen(server: &Arc<Server>, contact: String, news: mpsc::UnboundedSender<serde_json::Value>) {
    let server = Arc::clone(server);
    tokio::spawn(async move {
        let mut known = 0;
        while let Ok(heard) = server.heard(&contact, known).await {
            known += heard.len();
            for message in heard {
                let mut line = json!(message);
                line["event"] = "heard".into();
                let _ = news.send(line);
            }
        }
    });
}

/// Prints who writes where.
fn watch(server: &Arc<Server>, news: mpsc::UnboundedSender<serde_json::Value>) {
    let server = Arc::clone(server);
    tokio::spawn(async move {
        let mut known = 0;
        loop {
            for state in server.chat_states(known).await {
                known += 1;
                let mut line = json!(state);
                line["event"] = "typing".into();
                let _ = news.send(line);
            }
        }
    });
}

async fn obey(
    server: &Arc<Server>,
    line: &str,
    news: &mpsc::UnboundedSender<serde_json::Value>,
) -> serde_json::Value {
    let failed = |reason: String| json!({ "event": "failed", "reason": reason });
    let command: Command = match serde_json::from_str(line) {
        Ok(command) => command,
        Err(error) => return failed(format!("not a command: {error}")),
    };
    let contact = match &command {
        Command::Contact { phone, .. } => Some(phone.clone()),
        _ => None,
    };
    let done: Result<_, SimulatorError> = server.run(command).await;
    match done {
        Ok(done) => {
            if let Some(contact) = contact {
                listen(server, contact, news.clone());
            }
            let mut answer = json!(done);
            answer["event"] = "done".into();
            answer
        }
        Err(error) => failed(error.to_string()),
    }
}
