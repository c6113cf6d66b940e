//! The gate before tools: changed, blocked, held for a person; and the operator's word on how long gates wait.

use serde_json::{Value, json};

use crate::support::{Console, Place, Running};

/// A tool that answers with its input, and a gate in front of it that does what the input says.
const GUARD: (&str, &str, &str) = (
    "guard",
    "hooks: [{ on: tool.calling }]
tools: [{ name: pay, description: Pays, input: { type: object, properties: { amount: { type: integer } } } }]",
    "hooks: { 'tool.calling': (call) => {
        if (call.input.amount > 1000) return block('too much');
        if (call.input.amount > 100) return { approve: { title: `Pay ${call.input.amount}?`, description: 'It is a lot.', timeout_ms: call.input.wait } };
        if (call.input.amount < 0) return { ...call, input: { amount: 0 } };
        if (call.input.amount === 13) return { ...call, tool: 'other' };
        if (call.input.amount === 14) return { ...call, input: { amount: 'much' } };
    } },
    tools: { pay: (input) => input }",
);

fn pay(host: &Running, amount: i64) -> Result<Value, String> {
    host.tool("pay", &json!({ "amount": amount }))
}

#[test]
fn a_gate_changes_and_blocks_calls_of_tools_and_may_do_nothing_else() {
    let place = Place::with_echo(&[GUARD]);
    let mut host = Running::start(&place);
    assert_eq!(pay(&host, 5), Ok(json!({ "amount": 5 })));
    assert_eq!(pay(&host, -5), Ok(json!({ "amount": 0 })));
    assert!(
        pay(&host, 5000)
            .unwrap_err()
            .contains("the gate of plugin `guard` blocked the call of tool `pay`: too much")
    );
    let blocked = host.event(|event| event["event"] == "messageBlocked");
    assert_eq!((&blocked["gate"], &blocked["by"]), (&json!("tool.calling"), &json!("guard")));
    assert!(pay(&host, 13).unwrap_err().contains("`tool`, which a gate may not change"));
    // What a gate has changed is checked as if the caller had said it.
    assert!(pay(&host, 14).unwrap_err().contains("does not fit the schema of tool `pay`"));
    host.stop();
}

#[test]
fn a_person_decides_and_nobody_is_a_no() {
    let place = Place::with_echo(&[GUARD]);
    let mut host = Running::start(&place);
    for verb in ["allow", "deny"] {
        let called = std::thread::scope(|scope| {
            let paying = scope.spawn(|| place.wa(["tools", "call", "pay", r#"{"amount": 500}"#]));
            let asked = loop {
                let waiting = place.wa(["approvals", "list", "--json"]).succeeds().json();
                if let Some(one) = waiting["approvals"].get(0) {
                    break one.clone();
                }
            };
            assert_eq!((&asked["title"], &asked["asked_by"]), (&json!("Pay 500?"), &json!("guard")));
            assert_eq!(asked["subject"]["input"]["amount"], 500);
            let id = asked["id"].as_str().unwrap();
            let listed = place.wa(["approvals", "list"]).succeeds();
            assert!(
                listed.stdout().contains(id) && listed.stdout().contains("It is a lot."),
                "{}",
                listed.stdout()
            );
            match verb {
                "allow" => place.wa(["approvals", "allow", id]).succeeds(),
                _ => place.wa(["approvals", "deny", id, "--reason", "not today"]).succeeds(),
            };
            place.wa(["approvals", "allow", id]).exits(1);
            paying.join().unwrap()
        });
        match verb {
            "allow" => assert_eq!(called.succeeds().json(), json!({ "amount": 500 })),
            _ => assert!(called.exits(1).stderr().contains("not today")),
        }
    }
    let expired = host.tool("pay", &json!({ "amount": 500, "wait": 50 })).unwrap_err();
    assert!(expired.contains("nobody has answered"), "{expired}");
    assert_eq!(place.wa(["approvals", "list", "--json"]).succeeds().json()["approvals"], json!([]));
    let answers: Vec<bool> = std::iter::repeat_with(|| {
        host.event(|event| event["event"] == "approvalAnswered")["allowed"] == true
    })
    .take(3)
    .collect();
    assert_eq!(answers, [true, false, false]);
    host.stop();
}

/// An agent whose call of a tool waits longer for a person than the agent's own handler may take.
#[test]
fn an_agents_turn_waits_for_a_person_who_answers_in_a_chat() {
    let agent = "agent: async ({ message }, wa) => {
        try { const paid = await wa.tools.call('pay', { amount: Number(message.text) }); return { text: `paid ${paid.amount}` } }
        catch (error) { return { text: `not paid: ${error.message}` } }
    }";
    let place = Place::with_plugins(&[
        GUARD,
        ("desk", "agent: true\nruntime: { kind: js, entry: index.js, timeout: 200ms }", agent),
    ]);
    place.configure("approvals: { chat: { channel: console, chat: boss } }");
    let host = Running::start(&place);
    let attach = |chat: &str| Console::attach(host.console_address(), host.token(), &[chat]).unwrap();
    let (mut me, mut boss) = (attach("me"), attach("boss"));
    me.say("me", "500");
    let question = boss.hear();
    let text = question["text"].as_str().unwrap();
    assert!(text.starts_with("Pay 500?") && text.contains("(asked by guard)"), "{text}");
    assert_eq!(question["origin"]["kind"], "host");
    let id = text.split('`').nth(1).unwrap().strip_prefix("allow ").unwrap();
    // Longer than the handler has.
    for _ in 0..20 {
        place.wa(["status"]).succeeds();
    }
    boss.say("boss", &format!("allow {id}"));
    assert_eq!(me.hear_text(), "paid 500");
    // An answer that is none is a message like any other.
    assert!(boss.ask("boss", &format!("allow {id}")).contains("not paid"));
    host.stop();
}

#[test]
fn the_operator_says_how_long_a_gate_and_a_call_may_take() {
    let slow = "hooks: { 'tool.calling': async (call, wa) => { await wa.sleep(1000) } },
        tools: { slow: async (input, wa) => { await wa.sleep(input.ms); return 1 } }";
    let manifest = "hooks: [{ on: tool.calling, timeout: 50ms }]\ntools: [{ name: slow, description: Slow, input: { type: object } }]";
    let place = Place::with_echo(&[("slow", manifest, slow)]);
    let host = Running::start(&place);
    assert!(host.tool("slow", &json!({ "ms": 0 })).unwrap_err().contains("so tool `slow` was not called"));
    host.stop();
    place.edit("wa.yaml", "paths: [./plugins]", "paths: [./plugins], entries: { slow: { hooks: { timeouts: { tool.calling: 5s } }, limits: { timeout: 100ms } } }");
    let host = Running::start(&place);
    assert_eq!(host.tool("slow", &json!({ "ms": 0 })), Ok(json!(1)));
    assert!(host.tool("slow", &json!({ "ms": 60_000 })).unwrap_err().contains("no answer within 100 ms"));
    host.stop();
}
