//! What plugins may ask of the host, and how the refusals read.

use crate::{
    rig::{Rig, ask, echo_agent, hear, plugin, quick, text_of},
    trial,
};
use libtest_mimic::Trial;
use registry_index::load::Installed;
use serde_json::json;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "permissions::nothing_is_allowed_that_is_not_declared",
            nothing_is_allowed_that_is_not_declared,
        ),
        trial("permissions::the_grant_and_the_policy_bound_the_manifest", the_grant_and_the_policy_bound),
        trial("permissions::storage_keeps_values_up_to_its_quota", storage_keeps_values_up_to_its_quota),
        trial(
            "permissions::an_agents_allow_list_holds_whoever_sends",
            an_agents_allow_list_holds_whoever_sends,
        ),
        trial("permissions::a_plugin_does_not_answer_itself", a_plugin_does_not_answer_itself),
    ]
}

/// A plugin whose tool `try` runs a JavaScript expression and answers with its value or with the error's words.
fn tester(permissions: &str) -> Installed {
    let head = format!(
        "permissions: {permissions}\ntools:\n  - {{ name: try, description: Test, input: {{ type: object }} }}\n"
    );
    let code = "
const attempts = {
  send: (wa) => wa.channel.sendText({ channel: 'console', to: 'me', text: 'hi' }),
  reply: (wa) => wa.channel.sendReply({ channel: 'console', to: 'me', reply_to: 'x', text: 'hi' }),
  get: (wa) => wa.storage.get('a'),
  set: (wa, input) => wa.storage.set(input.key, input.value),
  fetch: async (wa) => (await wa.fetch('https://api.example.com/')).status,
};
export default definePlugin({ tools: { try: async (input, wa) => {
  try { return await attempts[input.what](wa, input) ?? null; } catch (error) { return `${error.code}: ${error.message}`; }
} } });";
    plugin("tester", &head, code)
}

async fn attempt(rig: &Rig, input: serde_json::Value) -> serde_json::Value {
    let output = rig.client(move |client| client.call_tool("try", &input)).await.unwrap();
    serde_json::from_str(output.get()).unwrap()
}

async fn nothing_is_allowed_that_is_not_declared() {
    let rig = Rig::new(vec![tester("{}")]).await;
    for (what, words) in [
        (
            "send",
            "denied: the plugin may not send on console; `permissions.channel.console: [send]` in its manifest",
        ),
        (
            "reply",
            "denied: the plugin may not reply on console; `permissions.channel.console: [reply]` in its manifest",
        ),
        ("get", "denied: the plugin may not store; `permissions.storage: 1MiB` in its manifest"),
        ("fetch", "denied: the plugin may not use the network; `permissions.network:"),
    ] {
        let answer = attempt(&rig, json!({ "what": what })).await;
        assert!(answer.as_str().is_some_and(|answer| answer.starts_with(words)), "{answer}");
    }
    let status = rig.host.status().await.unwrap();
    assert_eq!(status.plugins[0].counters.refused_host_calls, 4);
    rig.host.stop().await;
}

async fn the_grant_and_the_policy_bound() {
    let mut granted_less = tester("{ channel: { console: [send, reply] }, storage: 1MiB }");
    let grant =
        serde_json::from_value(json!({ "channel": { "console": ["send"] }, "storage": "1MiB" })).unwrap();
    granted_less.plugin.as_mut().unwrap().grant = grant;
    let project = "
schema: 1
server: { bind: '127.0.0.1:0' }
policy: { sandbox: best-effort, maxPermissions: { storage: 4B } }
";
    let rig = Rig::with(project, vec![granted_less], quick()).await;
    assert!(attempt(&rig, json!({ "what": "send" })).await["id"].is_string());
    let reply = attempt(&rig, json!({ "what": "reply" })).await;
    assert!(reply.as_str().unwrap().starts_with("denied: the plugin may not reply"), "{reply}");
    let full = attempt(&rig, json!({ "what": "set", "key": "k", "value": 12345 })).await;
    assert!(full.as_str().unwrap().contains("6 bytes would exceed its quota of 4"), "{full}");
    rig.host.stop().await;
}

async fn storage_keeps_values_up_to_its_quota() {
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let rig =
        Rig::on(directory.clone(), crate::rig::PROJECT, vec![tester("{ storage: 64B }")], quick()).await;
    assert_eq!(attempt(&rig, json!({ "what": "set", "key": "a", "value": { "n": 1 } })).await, json!(null));
    let long = "x".repeat(100);
    let full = attempt(&rig, json!({ "what": "set", "key": "b", "value": long })).await;
    assert!(full.as_str().unwrap().starts_with("limit: the plugin's storage is full"), "{full}");
    rig.host.stop().await;
    let rig = Rig::on(directory, crate::rig::PROJECT, vec![tester("{ storage: 64B }")], quick()).await;
    assert_eq!(attempt(&rig, json!({ "what": "get" })).await, json!({ "n": 1 }));
    rig.host.stop().await;
}

async fn an_agents_allow_list_holds_whoever_sends() {
    let project = "
schema: 1
agents: { ana: { handler: desk, bindings: [{ channel: console }], tools: { allow: ['*'] }, outbound_allowlist: { console: [friend] } } }
server: { bind: '127.0.0.1:0' }
policy: { sandbox: best-effort }
";
    let agent = "export default definePlugin({ agent: async ({ message }, wa) => {
        try { await wa.tools.call('send', { to: message.text }); return { text: 'sent' }; }
        catch (error) { return { text: error.message }; }
    } });";
    let head = "permissions: { channel: { console: [send] } }\ntools:\n  - { name: send, description: Test, input: { type: object } }\n";
    let sender = "export default definePlugin({ tools: { send: async ({ to }, wa) =>
        wa.channel.sendText({ to, text: 'from the tool' }) } });";
    let rig = Rig::with(
        project,
        vec![plugin("desk", "agent: true", agent), plugin("sender", head, sender)],
        quick(),
    )
    .await;
    let mut console = rig.console();
    console.say("friend", None, "stranger").await.unwrap();
    let refusal = text_of(&hear(&mut console).await);
    assert!(refusal.contains("agent `ana` may not write to `stranger` on console"), "{refusal}");
    console.say("friend", None, "friend").await.unwrap();
    assert_eq!(text_of(&hear(&mut console).await), "from the tool");
    assert_eq!(text_of(&hear(&mut console).await), "sent");
    rig.host.stop().await;
}

async fn a_plugin_does_not_answer_itself() {
    let head = "events: [message.received, message.sent]\npermissions: { channel: { console: [send] } }";
    let code = "export default definePlugin({ events: {
        'message.received': (msg, wa) => wa.channel.sendText({ to: msg.chat, text: 'one' }),
        'message.sent': async (sent, wa) => {
            try { await wa.channel.sendText({ to: sent.to, text: 'after ' + sent.text }); }
            catch (error) { wa.log.warn(error.message); }
        },
    } });";
    let mut rig = Rig::new(vec![echo_agent(), plugin("chatty", head, code)]).await;
    let mut console = rig.console();
    console.say("me", None, "hi").await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(text_of(&hear(&mut console).await));
    }
    heard.sort();
    assert_eq!(heard, ["after echo: hi", "echo: hi", "one"]);
    let logged = rig.notice(|notice| match notice {
        runtime_host::Notice::Log { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert!(logged.await.contains("in answer to the `message.sent` of its own message"));
    assert!(!ask(&mut console, "other", "x").await.is_empty());
    rig.host.stop().await;
}
