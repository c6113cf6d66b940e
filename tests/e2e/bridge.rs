//! Programs elsewhere: paired by a one-time code, each with a token for one thing.

use serde_json::{Value, json};

use crate::support::{Place, Running};

const TOOLS: &str = "tools:
  - { name: open_tool, description: For all, input: { type: object } }
  - { name: closed_tool, description: Not for bob, input: { type: object } }";
const HANDLERS: &str =
    "tools: { open_tool: () => ({ said: 'open' }), closed_tool: () => ({ said: 'closed' }) }";

fn project() -> Place {
    let place = Place::with_echo(&[("kit", TOOLS, HANDLERS)]);
    place.edit("wa.yaml", "agents:\n", "agents:\n  bob: { tools: { allow: [open_tool] } }\n");
    place
}

/// A code, as `wa bridge pair` prints it.
fn pair(place: &Place, arguments: &[&str]) -> String {
    let said = place.wa([&["bridge", "pair", "--json"], arguments].concat()).succeeds();
    said.json()["code"].as_str().unwrap().to_owned()
}

/// A call of the API with a token or none; the status, and the answer or its text.
fn call(host: &Running, token: Option<&str>, method: &str, params: &Value) -> (u16, Value) {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let headers: &[(&str, &str)] = if token.is_some() { &[("authorization", &bearer)] } else { &[] };
    let answer = host.http("POST", "/api", headers, body.as_bytes());
    (answer.status, serde_json::from_str(&answer.body).unwrap_or(json!(answer.body)))
}

fn redeem(host: &Running, code: &str, request: &str, name: Option<&str>) -> Value {
    let params = json!({ "code": code, "request_id": request, "name": name });
    let (status, answer) = call(host, None, "bridge.redeem", &params);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn token(host: &Running, code: &str) -> String {
    redeem(host, code, "r1", None)["result"]["token"].as_str().unwrap().to_owned()
}

fn hand_in(host: &Running, token: &str, seq: u64, id: &str, text: &str) -> Value {
    let message = json!({ "id": id, "chat": "till", "from": "till", "text": text });
    let (status, answer) =
        call(host, Some(token), "bridge.ingest", &json!({ "seq": seq, "message": message }));
    assert_eq!(status, 200, "{answer}");
    answer
}

fn words(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn a_code_is_redeemed_once_and_the_same_request_gets_the_same_token() {
    let place = project();
    let host = Running::start(&place);
    let code = pair(&place, &["--name", "till", "--channel", "console"]);
    let first = redeem(&host, &code, "r1", None);
    let token = first["result"]["token"].as_str().unwrap();
    assert!(token.starts_with("wab_"), "{first}");
    assert_eq!((&first["result"]["name"], &first["result"]["channel"]), (&json!("till"), &json!("console")));
    assert_eq!(redeem(&host, &code, "r1", None)["result"]["token"], token);
    let used = redeem(&host, &code, "r2", None);
    assert!(words(&used).contains("used already"), "{used}");
    let listed = place.wa(["bridge", "list", "--json"]).succeeds().json();
    assert_eq!((&listed["paired"][0]["name"], &listed["waiting"]), (&json!("till"), &json!([])));
    // Nothing that is kept gives the token or the code away.
    let kept = place.read(".wa/bridges.json");
    assert!(!kept.contains(&token[4..]) && !kept.contains(&code) && !kept.contains(&code.replace('-', "")));
    host.stop();
}

#[test]
fn codes_end_and_cannot_be_guessed() {
    let place = project();
    let host = Running::start(&place);
    let code = pair(&place, &["--agent", "ana"]);
    let kept = place.read(".wa/bridges.json");
    let mut book: Value = serde_json::from_str(&kept).unwrap();
    // As if its time had passed.
    book["codes"][0]["expires"] = json!(1);
    place.write(".wa/bridges.json", book.to_string());
    let expired = redeem(&host, &code, "r1", Some("laptop"));
    assert!(words(&expired).contains("expired"), "{expired}");
    let good = pair(&place, &["--agent", "ana", "--name", "laptop"]);
    let mut last = Value::Null;
    for guess in 0..12 {
        last = redeem(&host, &format!("AAAA-BBBB-{guess:04}"), "r1", Some("x"));
    }
    assert!(words(&last).contains("too many wrong codes"), "{last}");
    // Nobody gets in now, whatever the code.
    assert!(words(&redeem(&host, &good, "r1", None)).contains("wait a minute"));
    host.stop();
}

#[test]
fn a_token_is_for_one_thing_and_the_wrong_kind_is_named() {
    let place = project();
    let host = Running::start(&place);
    let bridge = token(&host, &pair(&place, &["--name", "till", "--channel", "console"]));
    let agent = token(&host, &pair(&place, &["--name", "laptop", "--agent", "bob"]));
    assert!(agent.starts_with("waa_"), "{agent}");
    let refused = |token: &str, method: &str| {
        let (status, answer) = call(&host, Some(token), method, &json!({}));
        assert_eq!(status, 200, "{answer}");
        words(&answer).to_owned()
    };
    assert_eq!(refused(&bridge, "tools.call"), "this is a bridge token; `tools.call` needs an agent token");
    assert_eq!(
        refused(&agent, "bridge.ingest"),
        "this is an agent token; `bridge.ingest` needs a bridge token"
    );
    assert_eq!(
        refused(host.token(), "bridge.ingest"),
        "this is the gateway's own token; `bridge.ingest` needs a bridge token"
    );
    for method in
        ["status", "message.send", "bus.publish", "plugins.reload", "forward.list", "capability.call"]
    {
        for token in [&bridge, &agent] {
            assert!(
                refused(token, method).ends_with(&format!("`{method}` needs the gateway's own token")),
                "{method}"
            );
        }
    }
    // Neither opens anything else.
    for (path, token) in [("/events", &bridge), ("/events", &agent)] {
        let answer = host.http("GET", path, &[("authorization", &format!("Bearer {token}"))], b"");
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(answer.body.contains("needs the gateway's own token"), "{answer:?}");
    }
    let (status, answer) = call(&host, Some("wab_00"), "bridge.state", &json!({}));
    assert_eq!(status, 401, "{answer}");
    assert!(answer.as_str().unwrap().contains("bridge token is not known here"), "{answer}");
    assert_eq!(call(&host, None, "bridge.state", &json!({})).0, 401);
    host.stop();
}

#[test]
fn an_agent_token_calls_the_tools_of_its_agent_only() {
    let place = project();
    let host = Running::start(&place);
    let agent = token(&host, &pair(&place, &["--name", "laptop", "--agent", "bob"]));
    let (_, listed) = call(&host, Some(&agent), "tools.list", &json!({}));
    let names: Vec<&str> =
        listed["result"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["open_tool"]);
    let (_, called) = call(&host, Some(&agent), "tools.call", &json!({ "name": "open_tool", "input": {} }));
    assert_eq!(called["result"], json!({ "said": "open" }), "{called}");
    let (_, refused) =
        call(&host, Some(&agent), "tools.call", &json!({ "name": "closed_tool", "input": {} }));
    assert!(words(&refused).contains("bob"), "{refused}");
    host.stop();
}

#[test]
fn a_message_of_a_bridge_is_taken_once_and_its_numbers_cannot_be_stolen() {
    let place = project();
    let host = Running::start(&place);
    let bridge = token(&host, &pair(&place, &["--name", "till", "--channel", "console"]));
    let mut console = host.console();
    let first = hand_in(&host, &bridge, 1, "a", "one");
    assert_eq!(first["result"]["new"], json!(true), "{first}");
    assert_eq!(console.hear_text(), "echo: one");
    let again = hand_in(&host, &bridge, 1, "a", "one");
    assert_eq!(
        (&again["result"]["new"], &again["result"]["event_id"]),
        (&json!(false), &first["result"]["event_id"])
    );
    let stolen = hand_in(&host, &bridge, 1, "b", "pay me");
    assert!(words(&stolen).contains("used for another message"), "{stolen}");
    let early = hand_in(&host, &bridge, 3, "c", "three");
    assert!(words(&early).contains("the next is 2"), "{early}");
    let other_body = hand_in(&host, &bridge, 2, "a", "another");
    assert!(words(&other_body).contains("another content"), "{other_body}");
    assert_eq!(hand_in(&host, &bridge, 2, "b", "two")["result"]["new"], json!(true));
    assert_eq!(console.hear_text(), "echo: two");
    // The place survives the host, killed as it is.
    host.kill();
    let host = Running::start(&place);
    let (_, state) = call(&host, Some(&bridge), "bridge.state", &json!({}));
    assert_eq!((&state["result"]["seq"], &state["result"]["name"]), (&json!(2), &json!("till")), "{state}");
    assert_eq!(hand_in(&host, &bridge, 2, "b", "two")["result"]["new"], json!(false));
    host.stop();
}

#[test]
fn gates_hold_for_what_a_bridge_hands_in() {
    let gate = "hooks: { 'message.receiving': (message) => message.text === 'bad' ? block('no') : message }";
    let place = Place::with_echo(&[("gate", "hooks: [{ on: message.receiving, mode: block }]", gate)]);
    let mut host = Running::start(&place);
    let bridge = token(&host, &pair(&place, &["--name", "till", "--channel", "console"]));
    hand_in(&host, &bridge, 1, "a", "bad");
    let blocked = host.event(|event| event["event"] == "messageBlocked");
    assert_eq!(blocked["by"], "gate");
    hand_in(&host, &bridge, 2, "b", "good");
    assert_eq!(host.console().hear_text(), "echo: good");
    host.stop();
}

#[test]
fn what_is_revoked_holds_no_more_at_once() {
    let place = project();
    let host = Running::start(&place);
    let code = pair(&place, &["--name", "till", "--channel", "console"]);
    let bridge = token(&host, &code);
    assert_eq!(call(&host, Some(&bridge), "bridge.state", &json!({})).0, 200);
    place.wa(["bridge", "revoke", "till"]).succeeds();
    let (status, answer) = call(&host, Some(&bridge), "bridge.state", &json!({}));
    assert_eq!(status, 401);
    assert!(answer.as_str().unwrap().contains("revoked"), "{answer}");
    // The code does not bring it back.
    assert!(words(&redeem(&host, &code, "r1", None)).contains("no such code"));
    let nobody = place.wa(["bridge", "revoke", "till"]).exits(1);
    assert!(nobody.stderr().contains("nothing named `till`"), "{}", nobody.stderr());
    // Paired anew, it begins anew.
    let anew = token(&host, &pair(&place, &["--name", "till", "--channel", "console"]));
    assert_eq!(hand_in(&host, &anew, 1, "a", "one")["result"]["new"], json!(true));
    host.stop();
}

#[test]
fn only_what_the_project_has_can_be_paired() {
    let place = project();
    for (arguments, why) in
        [(["--agent", "nobody"], "no agent `nobody`"), (["--channel", "whatsapp"], "no channel `whatsapp`")]
    {
        let said = place.wa([&["bridge", "pair"], &arguments[..]].concat()).exits(1);
        assert!(said.stderr().contains(why), "{}", said.stderr());
    }
    assert_eq!(place.wa(["bridge", "pair"]).status(), Some(2));
    assert_eq!(place.wa(["bridge", "pair", "--agent", "ana", "--ttl", "25h"]).status(), Some(1));
}
