//! An account on the simulator, from a device that was linked before.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use channel_whatsapp::{
    Account, AccountEvent, AccountOptions, Content, Inbound, Inbox, Outbound, SendError, Server, Session,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use whatsapp_rs::proto_helpers::{MessageBuilderExt as _, MessageExt as _};
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_simulator::Simulator;

const OWN: &str = "573000000001";
const ANA: &str = "573000000002";
const ANA_CHAT: &str = "573000000002@s.whatsapp.net";
const LIMIT: Duration = Duration::from_secs(60);

struct Taken(mpsc::UnboundedSender<Inbound>);

#[async_trait]
impl Inbox for Taken {
    async fn take(&self, messages: Vec<Inbound>) -> Result<(), String> {
        messages.into_iter().for_each(|message| drop(self.0.send(message)));
        Ok(())
    }
}

async fn simulator() -> Arc<Simulator> {
    let simulator = Simulator::start().await.unwrap();
    simulator.add_account(OWN, "Desk").await.unwrap();
    simulator.add_contact(ANA, "Ana").await.unwrap();
    simulator
}

struct Started {
    account: Account,
    inbox: mpsc::UnboundedReceiver<Inbound>,
    events: mpsc::UnboundedReceiver<AccountEvent>,
}

impl Started {
    async fn message(&mut self) -> Inbound {
        tokio::time::timeout(LIMIT, self.inbox.recv()).await.unwrap().unwrap()
    }

    async fn event(&mut self) -> AccountEvent {
        tokio::time::timeout(LIMIT, self.events.recv()).await.unwrap().unwrap()
    }
}

async fn start(simulator: &Simulator, directory: &Path) -> Started {
    let (taken, inbox) = mpsc::unbounded_channel();
    let (told, events) = mpsc::unbounded_channel();
    let server = Server::Simulator { chat: simulator.chat_address(), media: simulator.media_address() };
    let options = AccountOptions { session: Session::of(directory), server, command: "a test".to_owned() };
    let account = Account::start(options, Arc::new(Taken(taken)), told).await.unwrap();
    Started { account, inbox, events }
}

async fn prepared(simulator: &Simulator) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let device = simulator.prepare(OWN).await.unwrap();
    Session::of(directory.path()).install(&device).unwrap();
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_both_ways() {
    let simulator = simulator().await;
    let directory = prepared(&simulator).await;
    let mut started = start(&simulator, directory.path()).await;
    assert_eq!(started.event().await, AccountEvent::Connected);

    let id = simulator.write(ANA, OWN, Message::text("hello")).await.unwrap();
    let message = started.message().await;
    assert_eq!(
        (message.id.as_str(), message.from.as_str(), message.chat.as_str()),
        (&*id, ANA_CHAT, ANA_CHAT)
    );
    assert_eq!(message.content, Content::Text { text: "hello".to_owned(), reply_to: None });

    let text = Outbound::Text { text: "hello yourself".to_owned() };
    started.account.send(ANA_CHAT, "3EB0AAAA000000000001", &text).await.unwrap();
    let reply = Outbound::Reply { text: "quoted".to_owned(), to: id.clone(), author: None };
    started.account.send(ANA_CHAT, "3EB0AAAA000000000002", &reply).await.unwrap();
    let reaction = Outbound::Reaction {
        emoji: "👍".to_owned(),
        target: id.clone(),
        author: None,
        at: 1_700_000_000_000,
    };
    started.account.send(ANA_CHAT, "3EB0AAAA000000000003", &reaction).await.unwrap();

    let received = simulator.received(ANA, 2).await.unwrap();
    assert_eq!(received.len(), 1);
    let all = simulator.received(ANA, 0).await.unwrap();
    assert_eq!(all[0].id, "3EB0AAAA000000000001");
    assert_eq!(all[0].message.text_content(), Some("hello yourself"));
    assert_eq!(all[1].message.text_content(), Some("quoted"));
    let quoted = all[1].message.extended_text_message.as_option().unwrap().context_info.as_option().unwrap();
    assert_eq!(quoted.stanza_id.as_deref(), Some(&*id));
    let reaction = all[2].message.reaction_message.as_option().unwrap();
    assert_eq!(reaction.text.as_deref(), Some("👍"));
    started.account.stop().await;

    let answer = simulator.write(ANA, OWN, Message::text("are you there?")).await.unwrap();
    let mut started = start(&simulator, directory.path()).await;
    assert_eq!(started.message().await.id, answer, "what came while it was away");
    started.account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_removed_says_so_once() {
    let simulator = simulator().await;
    let directory = prepared(&simulator).await;
    let mut started = start(&simulator, directory.path()).await;
    assert_eq!(started.event().await, AccountEvent::Connected);
    simulator.unlink(OWN).await.unwrap();
    loop {
        match started.event().await {
            AccountEvent::Expired { .. } => break,
            AccountEvent::Disconnected { .. } => {}
            AccountEvent::Connected => panic!("connected again"),
        }
    }
    let text = Outbound::Text { text: "lost".to_owned() };
    let sent = started.account.send(ANA_CHAT, "3EB0AAAA000000000009", &text).await;
    assert_eq!(sent, Err(SendError::NotConnected));
    started.account.stop().await;
}
