//! An account on the simulator, from a device that was linked before.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use channel_whatsapp::{
    Account, AccountEvent, AccountOptions, Author, Content, Inbound, Inbox, MediaKind, Outbound, ReceiptKind,
    SendError, Server, Session,
};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use whatsapp_rs::proto_helpers::{MessageBuilderExt as _, MessageExt as _};
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_simulator::{Command, Simulator};

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
    let reply = Outbound::Reply { text: "quoted".to_owned(), to: id.clone(), author: Author::Other };
    started.account.send(ANA_CHAT, "3EB0AAAA000000000002", &reply).await.unwrap();
    let reaction = Outbound::Reaction {
        emoji: "👍".to_owned(),
        target: id.clone(),
        author: Author::Other,
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
            AccountEvent::Disconnected { .. } | AccountEvent::Receipt { .. } | AccountEvent::Group(_) => {}
            AccountEvent::Connected => panic!("connected again"),
        }
    }
    let text = Outbound::Text { text: "lost".to_owned() };
    let sent = started.account.send(ANA_CHAT, "3EB0AAAA000000000009", &text).await;
    assert_eq!(sent, Err(SendError::NotConnected));
    started.account.stop().await;
}

/// What a command in JSON wrote.
async fn does(simulator: &Simulator, command: serde_json::Value) -> String {
    let command: Command = serde_json::from_value(command).unwrap();
    simulator.run(command).await.unwrap().id.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_both_ways() {
    let simulator = simulator().await;
    let directory = prepared(&simulator).await;
    let mut started = start(&simulator, directory.path()).await;
    assert_eq!(started.event().await, AccountEvent::Connected);
    let file = directory.path().join("photo.png");
    std::fs::write(&file, b"not really a picture").unwrap();

    for (mime, voice, kind) in [
        ("image/png", false, MediaKind::Image),
        ("video/mp4", false, MediaKind::Video),
        ("audio/ogg", true, MediaKind::Voice),
        ("audio/mpeg", false, MediaKind::Audio),
        ("application/pdf", false, MediaKind::Document),
    ] {
        does(&simulator, json!({ "do": "sendFile", "from": ANA, "to": OWN, "path": file, "mime": mime, "caption": "look", "voice": voice })).await;
        let Content::Media { media, caption } = started.message().await.content else { panic!("{mime}") };
        assert_eq!((media.kind, media.mime.as_str(), media.bytes), (kind, mime, 20));
        assert_eq!(media.file_name.as_deref(), (kind == MediaKind::Document).then_some("photo.png"));
        let is_sound = mime.starts_with("audio");
        assert_eq!(caption.as_deref(), (!is_sound).then_some("look"));
        let fetched = directory.path().join("fetched");
        started.account.fetch(&media, std::fs::File::create(&fetched).unwrap()).await.unwrap();
        assert_eq!(std::fs::read(&fetched).unwrap(), b"not really a picture");

        let caption = (!is_sound).then(|| "here".to_owned());
        let outbound = Outbound::Media {
            kind,
            mime: mime.to_owned(),
            file_name: media.file_name,
            caption: caption.clone(),
            file: file.clone(),
        };
        let id = format!("3EB0AAAA0000000000{}", mime.len());
        started.account.send(ANA_CHAT, &id, &outbound).await.unwrap();
        let heard = simulator.heard(ANA, 0).await.unwrap().pop().unwrap();
        let opened = heard.file.unwrap();
        assert_eq!((opened.mime.as_str(), opened.base64.as_str()), (mime, "bm90IHJlYWxseSBhIHBpY3R1cmU="));
        assert_eq!(
            (heard.kind, heard.text),
            (if voice { "voice" } else { "media" }, caption.unwrap_or_default())
        );
    }
    started.account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_edits_and_receipts_go_both_ways() {
    let simulator = simulator().await;
    let directory = prepared(&simulator).await;
    let mut started = start(&simulator, directory.path()).await;
    assert_eq!(started.event().await, AccountEvent::Connected);

    let options = ["tea", "coffee"].map(str::to_owned).to_vec();
    let poll = Outbound::Poll { question: "what?".to_owned(), options: options.clone(), choices: 1 };
    let id = "3EB0AAAA000000000001";
    started.account.send(ANA_CHAT, id, &poll).await.unwrap();
    let heard = simulator.heard(ANA, 0).await.unwrap().pop().unwrap();
    assert_eq!((heard.kind, heard.text.as_str(), &heard.options), ("poll", "what?", &options));
    does(&simulator, json!({ "do": "vote", "from": ANA, "to": OWN, "target": id, "options": ["coffee"] }))
        .await;
    let vote = Content::Vote { poll: id.to_owned(), options: vec!["coffee".to_owned()] };
    assert_eq!(started.message().await.content, vote);

    let edit = Outbound::Edit { target: id.to_owned(), text: "else".to_owned(), at: 1_700_000_000_000 };
    started.account.send(ANA_CHAT, "3EB0AAAA000000000002", &edit).await.unwrap();
    let revoke = Outbound::Revoke { target: id.to_owned() };
    started.account.send(ANA_CHAT, "3EB0AAAA000000000003", &revoke).await.unwrap();
    let heard = simulator.heard(ANA, 1).await.unwrap();
    let heard =
        if heard.len() > 1 { heard } else { [heard, simulator.heard(ANA, 2).await.unwrap()].concat() };
    let said = |index: usize| (heard[index].kind, heard[index].text.as_str(), heard[index].target.as_deref());
    assert_eq!([said(0), said(1)], [("edit", "else", Some(id)), ("revoke", "", Some(id))]);

    let written = simulator.write(ANA, OWN, Message::text("first")).await.unwrap();
    started.message().await;
    does(&simulator, json!({ "do": "edit", "from": ANA, "to": OWN, "target": written, "text": "second" }))
        .await;
    let edit = Content::Edit { target: written.clone(), text: "second".to_owned() };
    assert_eq!(started.message().await.content, edit);
    does(&simulator, json!({ "do": "revoke", "from": ANA, "to": OWN, "target": written })).await;
    assert_eq!(started.message().await.content, Content::Revoke { target: written });
    does(&simulator, json!({ "do": "react", "from": ANA, "to": OWN, "target": id, "emoji": "👍" })).await;
    let reaction = Content::Reaction { target: id.to_owned(), emoji: "👍".to_owned() };
    assert_eq!(started.message().await.content, reaction);

    does(&simulator, json!({ "do": "read", "from": ANA, "to": OWN, "target": id })).await;
    loop {
        match started.event().await {
            AccountEvent::Receipt { ids, kind: ReceiptKind::Read, by, .. } => {
                break assert_eq!((ids, by.as_str()), (vec![id.to_owned()], ANA_CHAT));
            }
            AccountEvent::Receipt { kind: ReceiptKind::Delivered, .. } => {}
            other => panic!("{other:?}"),
        }
    }
    started.account.stop().await;
}
