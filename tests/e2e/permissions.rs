//! What a plugin has not declared it does not get, and the refusal names the line of the manifest that would ask for it.

use serde_json::{Value, json};

use crate::support::{Place, Running};

const TOOL: &str = "tools: [{ name: attempt, description: Tries, input: { type: object } }]";

/// A host with one plugin, `wish`, whose tool `attempt` does this.
fn wish(manifest: &str, body: &str) -> (Place, Running) {
    let place = Place::with_echo(&[]);
    place.plugin(
        "wish",
        &format!("{TOOL}\n{manifest}"),
        &format!("tools: {{ attempt: async (input, wa) => {{ {body} }} }}"),
    );
    let host = Running::start(&place);
    (place, host)
}

/// What is said where the tool tries what its manifest does not declare.
#[track_caller]
fn refused(manifest: &str, body: &str, why: &str) {
    let (place, mut host) = wish(manifest, body);
    let said = host.tool("attempt", &json!({})).unwrap_err();
    assert!(said.contains(why), "{said}");
    let event = host.event_of("hostCallRefused", "wish");
    assert!(event["reason"].as_str().unwrap().contains(why), "{event}");
    let shown = place.wa(["tools", "call", "attempt"]).exits(1);
    assert!(shown.stderr().contains(why), "{shown}");
    // Refused is not punished: the worker lives, and the others do not notice.
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
    host.stop();
    let health = place.health("wish");
    assert_eq!(
        (&health["counters"]["refused_host_calls"], &health["counters"]["crashes"]),
        (&json!(2), &json!(0)),
        "{health}"
    );
}

#[test]
fn each_way_to_write_to_a_channel_needs_its_own_word() {
    let all = [
        ("send", "sendText({ channel: 'console', to: 'me', text: 'x' })"),
        ("reply", "sendReply({ channel: 'console', to: 'me', text: 'x', reply_to: 'y' })"),
        ("react", "sendReaction({ channel: 'console', to: 'me', emoji: 'x', message_id: 'y' })"),
    ];
    for (word, call) in all {
        let others: Vec<&str> = all.iter().map(|(other, _)| *other).filter(|other| *other != word).collect();
        let manifest =
            format!("permissions: {{ channel: {{ console: [{}], whatsapp: [{word}] }} }}", others.join(", "));
        let line = format!(
            "`permissions.channel.console: [{word}]` in its manifest, granted at install, would allow it"
        );
        refused(&manifest, &format!("await wa.channel.{call}"), &line);
    }
}

#[test]
fn storage_is_refused_without_its_line() {
    for call in ["set('a', 1)", "get('a')", "delete('a')", "list()"] {
        // Reading the code would find the plain word.
        refused(
            "",
            &format!("await wa[['storage'].join()].{call}"),
            "`permissions.storage: 1MiB` in its manifest, granted at install, would allow it",
        );
    }
}

#[test]
fn the_network_is_refused_without_its_line() {
    let line = "`permissions.network: [\"https://…\"]` in its manifest, granted at install, would allow it";
    refused("", "await wa[['fetch'].join()]('https://example.com/')", line);
}

#[test]
fn another_origin_than_the_declared_is_refused() {
    let manifest = "permissions: { network: ['https://api.example.com', 'https://*.example.org'] }";
    for (url, origin) in [
        ("https://example.com/", "https://example.com"),
        ("http://api.example.com/", "http://api.example.com"),
        ("https://api.example.com:8443/", "https://api.example.com:8443"),
        ("https://api.example.com.evil.net/", "https://api.example.com.evil.net"),
        ("https://example.org/", "https://example.org"),
        ("https://evilexample.org/", "https://evilexample.org"),
    ] {
        let line = format!(
            "the plugin may not reach {origin}; `permissions.network: [\"{origin}\"]` in its manifest would ask for it"
        );
        refused(manifest, &format!("await wa.fetch('{url}')"), &line);
    }
}

#[test]
fn tools_are_for_the_turn_of_an_agent() {
    let line = "tools can be called only inside an `agent` call; `agent: true` in the manifest declares one";
    refused("", "await wa.tools.call('attempt', {})", line);
}

#[test]
fn an_agent_calls_only_the_tools_that_it_is_allowed() {
    let agent = "agent: async ({ message }, wa) => {
        try { return { text: JSON.stringify(await wa.tools.call(message.text, {})) } } catch (error) { return { text: `${error.code}: ${error.message}` } }
    }";
    let tools = "tools: [{ name: order_get, description: Gets, input: { type: object } },
        { name: order_drop, description: Drops, input: { type: object }, optional: true },
        { name: stock_get, description: Gets, input: { type: object } }]";
    let code = "tools: { order_get: () => 'got', order_drop: () => 'dropped', stock_get: () => 'stock' }";
    let place = Place::with_plugins(&[("desk", "agent: true", agent), ("orders", tools, code)]);
    place.edit("wa.yaml", "allow: ['*']", "allow: ['order_*']");
    let host = Running::start(&place);
    let mut console = host.console();
    assert_eq!(console.ask("me", "order_get"), "\"got\"");
    for tool in ["stock_get", "order_drop"] {
        let refused = console.ask("me", tool);
        assert!(
            refused.starts_with("denied: ")
                && refused.contains(tool)
                && refused.contains("agents.ana.tools.allow"),
            "{refused}"
        );
    }
    assert!(console.ask("me", "nothing").starts_with("not_found: "));
    // The operator may call them all.
    assert_eq!(host.tool("order_drop", &json!({})), Ok(json!("dropped")));
    host.stop();
}

#[test]
fn an_agent_writes_only_to_those_on_its_list() {
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "agents:\n  ana: {", "agents:\n  ana: { outbound_allowlist: { console: [me] },");
    let mut host = Running::start(&place);
    let mut console = host.console();
    console.say("eve", "hi");
    let dead = host.event(|event| event["event"] == "deadLetter");
    assert!(
        dead["reason"]
            .as_str()
            .unwrap()
            .contains("`agents.ana.outbound_allowlist.console` in wa.yaml does not name it"),
        "{dead}"
    );
    assert_eq!(console.ask("me", "hi"), "echo: hi");
    host.stop();
}

#[test]
fn storage_keeps_what_fits_its_quota() {
    let (place, host) = wish(
        "permissions: { storage: 1KiB }",
        "return input.set ? wa.storage.set(input.set, input.value) : wa.storage.get(input.get)",
    );
    assert_eq!(host.tool("attempt", &json!({ "set": "a", "value": "x".repeat(500) })), Ok(Value::Null));
    let full = host.tool("attempt", &json!({ "set": "b", "value": "x".repeat(600) })).unwrap_err();
    assert!(full.contains("1024"), "{full}");
    assert_eq!(host.tool("attempt", &json!({ "get": "a" })), Ok(json!("x".repeat(500))));
    assert_eq!(host.tool("attempt", &json!({ "get": "b" })), Ok(Value::Null));
    // Replacing counts the new value only.
    assert_eq!(host.tool("attempt", &json!({ "set": "a", "value": "y".repeat(1000) })), Ok(Value::Null));
    host.stop();
    let next = Running::start(&place);
    assert_eq!(next.tool("attempt", &json!({ "get": "a" })), Ok(json!("y".repeat(1000))));
    next.stop();
}

#[test]
fn no_plugin_sees_what_another_has_stored() {
    let code = |word: &str| {
        format!(
            "tools: {{ {word}: async (input, wa) => {{ if (input.value) await wa.storage.set('k', input.value); return wa.storage.get('k') }} }}"
        )
    };
    let manifest = |word: &str| {
        format!(
            "permissions: {{ storage: 1MiB }}\ntools: [{{ name: {word}, description: Keeps, input: {{ type: object }} }}]"
        )
    };
    let place = Place::with_echo(&[
        ("first", &manifest("one"), &code("one")),
        ("second", &manifest("two"), &code("two")),
    ]);
    let host = Running::start(&place);
    assert_eq!(host.tool("one", &json!({ "value": "mine" })), Ok(json!("mine")));
    assert_eq!(host.tool("two", &json!({})), Ok(Value::Null));
    host.stop();
}

#[test]
fn the_operators_cap_takes_away_what_the_manifest_asks_for() {
    let (place, host) =
        wish("permissions: { storage: 1MiB }", "await wa.storage.set('k', 'x'.repeat(input.size))");
    assert_eq!(host.tool("attempt", &json!({ "size": 5000 })), Ok(Value::Null));
    place.configure("policy: { maxPermissions: { storage: 1KiB } }");
    host.rpc("plugins.reload", &json!({})).unwrap();
    let full = host.tool("attempt", &json!({ "size": 5000 })).unwrap_err();
    assert!(full.contains("1024"), "{full}");
    host.stop();
}
