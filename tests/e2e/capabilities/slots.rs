//! Places that only one plugin can hold.

use serde_json::json;

use crate::support::{Place, Running};

fn place() -> Place {
    let tool = |id: &str| {
        format!(
            "tools: [{{ name: {id}_recall, description: Recalls, input: {{ type: object }} }}]\nkind: [memory]"
        )
    };
    let code = |id: &str| format!("tools: {{ {id}_recall: () => '{id}' }}");
    let place = Place::with_plugins(&[]);
    place.edit("wa.yaml", "handler: desk, ", "");
    place.plugin("aa", &tool("aa"), &code("aa"));
    place.plugin("bb", &tool("bb"), &code("bb"));
    place
}

#[test]
fn two_that_want_a_slot_get_it_neither_until_one_is_chosen() {
    let place = place();
    let mut host = Running::start(&place);
    let refused = host.event_of("pluginRefused", "aa");
    assert!(refused.to_string().contains("it and plugin `bb` both claim the slot `memory`"), "{refused}");
    host.event_of("pluginRefused", "bb");
    assert!(host.tool("aa_recall", &json!({})).unwrap_err().contains("there is no tool"));
    let found = place.wa(["doctor"]);
    assert!(
        found.stdout().contains("both claim the slot `memory`")
            || found.stderr().contains("both claim the slot `memory`"),
        "{}{}",
        found.stdout(),
        found.stderr()
    );
    host.stop();

    place.edit("wa.yaml", "paths: [./plugins]", "paths: [./plugins], slots: { memory: bb }");
    let host = Running::start(&place);
    assert_eq!(host.plugins(), 1);
    assert_eq!(host.tool("bb_recall", &json!({})), Ok(json!("bb")));
    assert!(host.tool("aa_recall", &json!({})).is_err());
    host.stop();
    let (aa, bb) = (place.listed("aa"), place.listed("bb"));
    assert_eq!(
        (&aa["enabled"], &bb["enabled"], &bb["slots"]),
        (&json!(false), &json!(true), &json!(["memory"]))
    );
    assert!(place.wa(["plugins", "inspect", "bb"]).succeeds().stdout().contains("holds        memory"));
    assert!(
        place
            .wa(["plugins", "inspect", "aa"])
            .succeeds()
            .stdout()
            .contains("no, not chosen by `plugins.slots`")
    );
    let plan = place.wa(["plugins", "plan", "--for", "slot:memory"]).succeeds();
    assert!(
        plan.stdout().contains("bb") && plan.stdout().contains("explicit: plugins.slots.memory"),
        "{}",
        plan.stdout()
    );
}

#[test]
fn a_slot_may_be_nobodys() {
    let place = place();
    place.edit("wa.yaml", "paths: [./plugins]", "paths: [./plugins], slots: { memory: none }");
    let host = Running::start(&place);
    assert_eq!(host.plugins(), 0);
    host.stop();
    assert!(
        place.wa(["plugins", "plan", "--for", "slot:memory"]).succeeds().stdout().contains("nothing starts")
    );
}

#[test]
fn an_order_of_fallback_is_planned_and_what_nobody_offers_is_found() {
    let place = Place::with_plugins(&[]);
    place.edit("wa.yaml", "handler: desk, ", "");
    for id in ["aa", "bb"] {
        place.plugin(
            id,
            &format!("capabilities: {{ webSearch: [{{ id: {id} }}] }}"),
            &format!("capabilities: {{ 'webSearch/{id}': () => ({{ results: [] }}) }}"),
        );
    }
    place.configure("capabilities: { webSearch: [bb, gone, aa] }");
    let plan = place.wa(["plugins", "plan", "--for", "capability:webSearch", "--json"]).succeeds().json();
    let starts = plan["plans"][0]["starts"].as_array().unwrap();
    let order: Vec<&str> = starts.iter().map(|start| start["plugin"].as_str().unwrap()).collect();
    assert_eq!(order, ["bb", "aa"]);
    assert_eq!(starts[1]["reason"], "owner: capabilities, place 3 of `capabilities.webSearch`");
    let found = place.wa(["doctor"]);
    let words = format!("{}{}", found.stdout(), found.stderr());
    assert!(words.contains("no enabled plugin has the capability webSearch/gone"), "{words}");
}
