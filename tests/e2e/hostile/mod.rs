//! Hostile plugins, one for each attempt, beside a healthy one. Each is stopped, the host and the other go on, and `wa plugins inspect` says
//! what happened.

mod greed;
mod loading;
mod reach;
mod tricks;

use serde_json::json;

use crate::support::{Place, Running};

/// What a plugin tries in the handler of its tool.
struct Attempt {
    /// The body of the handler. `CANARY` stands for the path of a file that must never appear.
    body: &'static str,
    /// Any of these words is the reason.
    whys: &'static [&'static str],
}

const fn attempt(body: &'static str, whys: &'static [&'static str]) -> Attempt {
    Attempt { body, whys }
}

const TOOL: &str = "tools: [{ name: attempt, description: Tries, input: { type: object } }]
permissions: { storage: 1MiB }
runtime: { kind: js, entry: index.js, timeout: 300ms }";

/// A project with a healthy agent and a healthy tool.
fn healthy() -> Place {
    let tool = "tools: [{ name: ping, description: Pings, input: { type: object } }]";
    Place::with_echo(&[("healthy", tool, "tools: { ping: () => 'pong' }")])
}

/// All that must hold, whatever the hostile plugin did.
#[track_caller]
fn all_is_well(place: &Place, host: &Running) {
    assert_eq!(host.tool("ping", &json!({})), Ok(json!("pong")));
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    assert!(!place.path("canary").exists(), "the canary is there");
}

/// Every attempt must be stopped for its reason. Those of one list share a host, each with a plugin of its own.
fn are_stopped(attempts: &[Attempt]) {
    let place = healthy();
    let canary = place.path("canary");
    for (number, attempt) in attempts.iter().enumerate() {
        let body = attempt.body.replace("CANARY", canary.to_str().unwrap());
        let tool = TOOL.replace("attempt", &format!("attempt_{number}"));
        let handlers = format!("tools: {{ attempt_{number}: async (input, wa) => {{ {body} }} }}");
        place.plugin(&format!("evil-{number}"), &tool, &handlers);
    }
    let host = Running::start(&place);
    for (number, attempt) in attempts.iter().enumerate() {
        let outcome = host.tool(&format!("attempt_{number}"), &json!({}));
        let said = outcome.expect_err(attempt.body);
        assert!(attempt.whys.iter().any(|why| said.contains(why)), "{}\n{said}", attempt.body);
        all_is_well(&place, &host);
    }
    host.stop();
    for (number, attempt) in attempts.iter().enumerate() {
        let inspected = place.wa(["plugins", "inspect", &format!("evil-{number}")]).succeeds();
        assert!(
            attempt.whys.iter().any(|why| inspected.stdout().contains(why)),
            "{}\n{inspected}",
            attempt.body
        );
    }
    assert!(!canary.exists(), "the canary is there");
}

/// What a tool gives that tries something and is left with nothing but its own confusion.
fn gives(body: &str, expected: &serde_json::Value) {
    let place = healthy();
    place.plugin("evil", TOOL, &format!("tools: {{ attempt: async (input, wa) => {{ {body} }} }}"));
    let host = Running::start(&place);
    for _ in 0..2 {
        assert_eq!(host.tool("attempt", &json!({})).as_ref(), Ok(expected), "{body}");
        all_is_well(&place, &host);
    }
    host.stop();
}
