//! The client library with nothing around it but its store: answers every text. What the host's figures are measured beside.
//!
//! `cargo run --release -p channel-whatsapp --example echo SESSION SIMULATOR`, with a device that `wa simulator --session` made.

use async_trait::async_trait;
use channel_whatsapp::{Account, AccountEvent, AccountOptions, Content, Inbound, Inbox, Outbound, Session};
use std::error::Error;
use std::io::Write as _;
use tokio::sync::mpsc;

struct Hand(mpsc::UnboundedSender<Inbound>);

#[async_trait]
impl Inbox for Hand {
    async fn take(&self, messages: Vec<Inbound>) -> Result<(), String> {
        messages.into_iter().for_each(|message| drop(self.0.send(message)));
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (session, server) = words.next().zip(words.next()).ok_or("usage: echo SESSION SIMULATOR")?;
    let options = AccountOptions {
        session: Session::of(session.as_ref()),
        server: server.parse()?,
        command: "echo".to_owned(),
    };
    let (hand, mut messages) = mpsc::unbounded_channel();
    let (told, mut events) = mpsc::unbounded_channel();
    let account = std::sync::Arc::new(Account::start(options, std::sync::Arc::new(Hand(hand)), told).await?);
    while !matches!(events.recv().await, None | Some(AccountEvent::Connected)) {}
    writeln!(std::io::stdout(), "connected")?;
    while let Some(message) = messages.recv().await {
        let Content::Text { text, .. } = message.content else { continue };
        let account = std::sync::Arc::clone(&account);
        tokio::spawn(async move {
            let answer = Outbound::Text { text: format!("echo: {text}") };
            account.send(&message.chat, &format!("3EB0{:0>18}", message.id), &answer).await
        });
    }
    Ok(())
}
