//! Order within a chat, independence across chats, and the two ways into the console.

use crate::{
    rig::{PROJECT, Rig, ask, echo_agent, hear, plugin, quick, text_of},
    trial,
};
use libtest_mimic::Trial;
use runtime_host::{Notice, Timing, client::ChatEvent};
use std::{collections::BTreeMap, time::Duration};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("chats::one_hanging_handler_holds_only_its_chat", one_hanging_handler_holds_only_its_chat),
        trial("chats::order_is_kept_within_each_chat", order_is_kept_within_each_chat),
        trial("chats::what_nobody_took_waits_in_the_outbox", what_nobody_took_waits_in_the_outbox),
        trial(
            "chats::a_refused_message_is_tried_again_and_given_up",
            a_refused_message_is_tried_again_and_given_up,
        ),
        trial("chats::a_silent_client_loses_nothing", a_silent_client_loses_nothing),
        trial("chats::a_client_gets_the_chats_that_it_asked_for", a_client_gets_the_chats_it_asked_for),
        trial("chats::malformed_messages_change_nothing", malformed_messages_change_nothing),
        trial("chats::a_wrong_token_or_line_ends_the_connection", a_wrong_token_or_line_ends_the_connection),
    ]
}

async fn one_hanging_handler_holds_only_its_chat() {
    let agent = "export default definePlugin({ agent: async ({ message }) => {
        if (message.text === 'hang') await new Promise(() => {});
        return { text: `echo: ${message.text}` };
    } });";
    let rig = Rig::new(vec![plugin("desk", "agent: true", agent)]).await;
    let mut console = rig.console();
    console.say("stuck", None, "hang").await.unwrap();
    console.say("stuck", None, "after").await.unwrap();
    let begun = tokio::time::Instant::now();
    for n in 0..20 {
        assert_eq!(ask(&mut console, &format!("chat-{n}"), "hi").await, "echo: hi");
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    rig.host.stop().await;
}

async fn order_is_kept_within_each_chat() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let mut console = rig.console();
    for n in 0..40 {
        for chat in ["a", "b", "c"] {
            console.say(chat, None, &n.to_string()).await.unwrap();
        }
    }
    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for _ in 0..120 {
        let line = hear(&mut console).await;
        heard.entry(line.chat.clone()).or_default().push(text_of(&line));
    }
    let expected: Vec<String> = (0..40).map(|n| format!("echo: {n}")).collect();
    assert_eq!(heard.len(), 3);
    assert!(heard.values().all(|texts| *texts == expected), "{heard:?}");
    rig.host.stop().await;
}

async fn what_nobody_took_waits_in_the_outbox() {
    let mut rig = Rig::new(vec![echo_agent()]).await;
    let console = rig.console();
    console.say("me", None, "one").await.unwrap();
    drop(console);
    let mut events = rig.host.events();
    let console = rig.console();
    console.say("me", None, "two").await.unwrap();
    drop(console);
    let finished = async {
        let mut turns = 0;
        while turns < 1 {
            turns += usize::from(events.next().await.unwrap().name == "agent.finished");
        }
    };
    finished.await;
    let mut console = rig.console();
    assert_eq!(text_of(&hear(&mut console).await), "echo: one");
    assert_eq!(text_of(&hear(&mut console).await), "echo: two");
    for _ in 0..2 {
        rig.notice(|notice| matches!(notice, Notice::MessageSent { .. }).then_some(())).await;
    }
    rig.host.stop().await;
}

async fn a_refused_message_is_tried_again_and_given_up() {
    let mut rig = Rig::new(vec![echo_agent()]).await;
    let tries = rig.client(|client| {
        let mut chat = client.chat(&[]).unwrap();
        chat.send("me", "1", "hi").unwrap();
        let mut tries = Vec::new();
        while tries.len() < 3 {
            if let Some(ChatEvent::Message { id, .. }) = chat.receive().unwrap() {
                chat.refuse(&id, "no screen").unwrap();
                tries.push(id);
            }
        }
        (tries, chat)
    });
    let (tries, chat) = tries.await;
    assert!(tries.iter().all(|id| *id == tries[0]), "{tries:?}");
    let dead = rig.notice(|notice| match notice {
        Notice::DeadLetter { id, subscriber, reason } => {
            Some((id.clone(), subscriber.clone(), reason.clone()))
        }
        _ => None,
    });
    assert_eq!(dead.await, (tries[0].clone(), "channel:console/default".to_owned(), "no screen".to_owned()));
    drop(chat);
    // The next message of the chat goes its way.
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "again").await, "echo: again");
    assert_eq!(rig.host.status().await.unwrap().queues.outbox_dead, 1);
    rig.host.stop().await;
}

async fn a_silent_client_loses_nothing() {
    let timing = Timing { channel_ack: Duration::from_millis(50), ..quick() };
    let rig = Rig::with(PROJECT, vec![echo_agent()], timing).await;
    let mut silent = rig.host.attach_console(vec!["me".into()]).unwrap();
    silent.say("me", None, "one").await.unwrap();
    let unanswered = silent.next().await.unwrap();
    // Past the moment at which the host gives up waiting.
    tokio::time::sleep(Duration::from_millis(100)).await;
    // It wakes up with the next message, and gets the first one again under the same id.
    silent.say("me", None, "two").await.unwrap();
    let mut heard = hear(&mut silent).await;
    assert_eq!((&heard.id, text_of(&unanswered)), (&unanswered.id, "echo: one".to_owned()));
    while heard.id == unanswered.id {
        heard = hear(&mut silent).await;
    }
    assert_eq!(text_of(&heard), "echo: two");
    rig.host.stop().await;
}

async fn a_client_gets_the_chats_it_asked_for() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let mut mine = rig.host.attach_console(vec!["mine".into()]).unwrap();
    let mut yours = rig.host.attach_console(vec!["yours".into()]).unwrap();
    mine.say("yours", None, "for you").await.unwrap();
    mine.say("mine", None, "for me").await.unwrap();
    assert_eq!(text_of(&hear(&mut yours).await), "echo: for you");
    assert_eq!(text_of(&hear(&mut mine).await), "echo: for me");
    rig.host.stop().await;
}

async fn malformed_messages_change_nothing() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let mut console = rig.console();
    for (chat, id, text, words) in [
        ("", Some("x".to_owned()), "t", "the message's chat must have 1 to 512 bytes"),
        ("me", Some(String::new()), "t", "the message's id must have 1 to 512 bytes"),
        ("me", None, &*"x".repeat(70_000), "the message's text must have at most 65536 bytes"),
    ] {
        assert_eq!(console.say(chat, id, text).await.unwrap_err().to_string(), words);
    }
    assert_eq!(ask(&mut console, "me", "fine").await, "echo: fine");
    rig.host.stop().await;
}

async fn a_wrong_token_or_line_ends_the_connection() {
    let rig = Rig::new(vec![echo_agent()]).await;
    let (address, token) = (rig.host.console().unwrap(), rig.host.token().to_owned());
    let answers = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let hello = format!("{{\"type\":\"hello\",\"token\":\"{token}\"}}\n");
        let lines = [
            "{\"type\":\"hello\",\"token\":\"wrong\"}\n".to_owned(),
            "{\"type\":\"message\",\"chat\":\"me\",\"id\":\"1\",\"text\":\"x\"}\n".to_owned(),
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            format!("{hello}{hello}"),
            format!("{hello}nonsense\n"),
            format!("{hello}{}\n", "x".repeat(300_000)),
        ];
        lines.map(|text| {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            // The host may close before it has read all of it.
            let _ = stream.write_all(text.as_bytes());
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8(answer).unwrap()
        })
    });
    let answers = answers.await.unwrap();
    for (answer, words) in answers.iter().zip([
        "the token is wrong",
        "the first line must be a `hello`",
        "the first line must be a `hello`",
        "a second `hello`",
        "expected ident",
    ]) {
        assert!(answer.contains(words), "{answer}");
    }
    rig.host.stop().await;
}
