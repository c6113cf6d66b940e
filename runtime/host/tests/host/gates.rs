//! What gates may do, and what happens when they fail.

use crate::{
    rig::{PROJECT, Rig, ask, echo_agent, hear, plugin, quick, text_of},
    trial,
};
use libtest_mimic::Trial;
use manifest_schema::names::PluginId;
use registry_index::load::Installed;
use runtime_host::{
    Notice,
    client::{Body, SendMessage, SendOptions},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("gates::a_modifying_gate_changes_what_goes_out", a_modifying_gate_changes_what_goes_out),
        trial("gates::a_blocking_gate_stops_whoever_sends", a_blocking_gate_stops_whoever_sends),
        trial("gates::an_observing_gate_changes_nothing", an_observing_gate_changes_nothing),
        trial("gates::a_mode_is_not_exceeded", a_mode_is_not_exceeded),
        trial("gates::priority_then_id_decides_the_order", priority_then_id_decides_the_order),
        trial("gates::a_throwing_gate_blocks_by_default_and_passes_when_told", a_throwing_gate),
        trial("gates::a_hanging_gate_blocks_by_default_and_passes_when_told", a_hanging_gate),
        trial("gates::a_gate_on_receiving_changes_and_blocks", a_gate_on_receiving),
        trial("gates::a_gate_may_not_send", a_gate_may_not_send),
    ]
}

/// A gate on `message.sending` with these settings and this handler body.
fn sending(id: &str, settings: &str, body: &str) -> Installed {
    let code = format!(
        "export default definePlugin({{ hooks: {{ 'message.sending': async (draft, wa) => {{ {body} }} }} }});"
    );
    plugin(id, &format!("hooks: [{{ on: message.sending, {settings} }}]"), &code)
}

/// Sends by the API; the refusal's words, if it was refused.
async fn send(rig: &Rig, text: &str) -> Option<String> {
    let message = SendMessage {
        channel: "console".into(),
        instance: None,
        to: "me".into(),
        body: Body::Text { text: text.into() },
        options: SendOptions::default(),
    };
    rig.client(move |client| client.send(&message).err().map(|error| error.to_string())).await
}

async fn blocked(rig: &mut Rig) -> (PluginId, String) {
    rig.notice(|notice| match notice {
        Notice::MessageBlocked { by, reason, .. } => Some((by.clone(), reason.clone())),
        _ => None,
    })
    .await
}

async fn a_modifying_gate_changes_what_goes_out() {
    let gate = sending("shout", "mode: modify", "return { ...draft, text: draft.text.toUpperCase() };");
    let rig = Rig::new(vec![echo_agent(), gate]).await;
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "hi").await, "ECHO: HI");
    assert_eq!(send(&rig, "by api").await, None);
    assert_eq!(text_of(&hear(&mut console).await), "BY API");
    rig.host.stop().await;
}

async fn a_blocking_gate_stops_whoever_sends() {
    let gate = sending(
        "quiet",
        "mode: block",
        "return draft.text.includes('secret') ? block('no secrets') : undefined;",
    );
    let head = "events: [message.received]\npermissions: { channel: { console: [send] } }";
    let sender = "export default definePlugin({ events: { 'message.received': async (msg, wa) => {
        try { await wa.channel.sendText({ to: msg.chat, text: `plugin ${msg.text}` }); }
        catch (error) { wa.log.info(error.message); }
    } } });";
    let mut rig = Rig::new(vec![echo_agent(), gate, plugin("sender", head, sender)]).await;
    let mut console = rig.console();
    console.say("me", None, "secret").await.unwrap();
    for _ in 0..2 {
        assert_eq!(blocked(&mut rig).await, ("quiet".parse().unwrap(), "no secrets".to_owned()));
    }
    let refusal = send(&rig, "a secret").await.unwrap();
    assert_eq!(refusal, "the gate of plugin `quiet` blocked the message: no secrets");
    console.say("me", None, "open").await.unwrap();
    let mut heard = [text_of(&hear(&mut console).await), text_of(&hear(&mut console).await)];
    heard.sort();
    assert_eq!(heard, ["echo: open", "plugin open"]);
    rig.host.stop().await;
}

async fn an_observing_gate_changes_nothing() {
    let gate =
        sending("watcher", "mode: observe", "wa.log.info('saw ' + draft.text); return block('ignored');");
    let mut rig = Rig::new(vec![echo_agent(), gate]).await;
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "hi").await, "echo: hi");
    let seen = rig.notice(|notice| match notice {
        Notice::Log { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert_eq!(seen.await, "saw echo: hi");
    rig.host.stop().await;
}

async fn a_mode_is_not_exceeded() {
    let gates = vec![
        sending(
            "changer",
            "mode: block",
            "if (draft.text === 'change') return { ...draft, text: 'changed' };",
        ),
        sending(
            "redirector",
            "mode: modify",
            "if (draft.text === 'redirect') return { ...draft, to: 'other' };",
        ),
    ];
    let rig = Rig::new(gates).await;
    let refusal = send(&rig, "change").await.unwrap();
    assert!(refusal.contains("`changer` failed") && refusal.contains("`mode: modify`"), "{refusal}");
    let refusal = send(&rig, "redirect").await.unwrap();
    assert!(refusal.contains("it changed `to`, which a gate may not change"), "{refusal}");
    assert_eq!(send(&rig, "fine").await, None);
    rig.host.stop().await;
}

async fn priority_then_id_decides_the_order() {
    let append = |id: &str, priority: u8| {
        sending(
            id,
            &format!("mode: modify, priority: {priority}"),
            &format!("return {{ ...draft, text: draft.text + ' {id}' }};"),
        )
    };
    let rig = Rig::new(vec![append("zz", 10), append("bb", 50), append("aa", 50), append("cc", 0)]).await;
    let mut console = rig.console();
    assert_eq!(send(&rig, "order:").await, None);
    assert_eq!(text_of(&hear(&mut console).await), "order: cc zz aa bb");
    rig.host.stop().await;
}

async fn a_throwing_gate() {
    let body = "throw new Error('broken gate');";
    let rig = Rig::new(vec![sending("broken", "mode: modify", body)]).await;
    let refusal = send(&rig, "hi").await.unwrap();
    assert!(refusal.contains("`broken` failed") && refusal.contains("broken gate"), "{refusal}");
    rig.host.stop().await;

    let rig = Rig::new(vec![sending("broken", "mode: modify, onFailure: pass", body)]).await;
    let mut console = rig.console();
    assert_eq!(send(&rig, "hi").await, None);
    assert_eq!(text_of(&hear(&mut console).await), "hi");
    rig.host.stop().await;
}

async fn a_hanging_gate() {
    let body = "await new Promise(() => {});";
    let rig = Rig::new(vec![sending("stuck", "mode: modify, timeout: 50ms", body)]).await;
    let refusal = send(&rig, "hi").await.unwrap();
    assert!(refusal.contains("`stuck` failed"), "{refusal}");
    rig.host.stop().await;

    let rig = Rig::new(vec![sending("stuck", "mode: modify, timeout: 50ms, onFailure: pass", body)]).await;
    let mut console = rig.console();
    assert_eq!(send(&rig, "hi").await, None);
    assert_eq!(text_of(&hear(&mut console).await), "hi");
    rig.host.stop().await;
}

async fn a_gate_on_receiving() {
    let code = "export default definePlugin({ hooks: { 'message.receiving': (message) =>
        message.text === 'spam' ? block('spam') : { ...message, text: message.text.trim() } } });";
    let gate = plugin("door", "hooks: [{ on: message.receiving, mode: modify }]", code);
    let mut rig = Rig::with(PROJECT, vec![echo_agent(), gate], quick()).await;
    let mut console = rig.console();
    console.say("me", None, "spam").await.unwrap();
    assert_eq!(blocked(&mut rig).await, ("door".parse().unwrap(), "spam".to_owned()));
    assert_eq!(ask(&mut console, "me", "  padded  ").await, "echo: padded");
    assert_eq!(rig.host.status().await.unwrap().queues.inbound_dead, 0);
    rig.host.stop().await;
}

async fn a_gate_may_not_send() {
    let body = "await wa.channel.sendText({ to: 'me', text: 'loop' });";
    let code = format!(
        "export default definePlugin({{ hooks: {{ 'message.sending': async (draft, wa) => {{ {body} }} }} }});"
    );
    let head = "hooks: [{ on: message.sending }]\npermissions: { channel: { console: [send] } }";
    let rig = Rig::new(vec![plugin("looper", head, &code)]).await;
    let refusal = send(&rig, "hi").await.unwrap();
    assert!(refusal.contains("a gate may not send"), "{refusal}");
    rig.host.stop().await;
}
