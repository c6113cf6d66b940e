//! What may be called, with what, by whom, how often.

use crate::{
    rig::{Rig, ask, plugin, quick},
    trial,
};
use libtest_mimic::Trial;
use registry_index::load::Installed;
use serde_json::{Value, json};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("tools::an_output_that_does_not_fit_is_refused", an_output_that_does_not_fit_is_refused),
        trial("tools::a_rate_limit_holds", a_rate_limit_holds),
        trial("tools::an_agent_calls_what_its_list_allows", an_agent_calls_what_its_list_allows),
        trial("tools::only_an_agent_call_may_call_tools", only_an_agent_call_may_call_tools),
        trial("tools::two_owners_of_a_tool_are_both_refused", two_owners_of_a_tool_are_both_refused),
    ]
}

fn tool(id: &str, settings: &str, body: &str) -> Installed {
    let head = format!(
        "tools:\n  - {{ name: {id}_tool, description: Test, input: {{ type: object }}, {settings} }}\n"
    );
    plugin(
        id,
        &head,
        &format!(
            "export default definePlugin({{ tools: {{ {id}_tool: async (input, wa) => {{ {body} }} }} }});"
        ),
    )
}

async fn call(rig: &Rig, name: &str, input: Value) -> Result<String, String> {
    let name = name.to_owned();
    let answer = rig.client(move |client| client.call_tool(&name, &input)).await;
    answer.map(|output| output.get().to_owned()).map_err(|error| error.to_string())
}

async fn an_output_that_does_not_fit_is_refused() {
    let settings = "output: { type: object, required: [n], properties: { n: { type: integer } } }";
    let rig = Rig::new(vec![tool("count", settings, "return { n: input.n };")]).await;
    assert_eq!(call(&rig, "count_tool", json!({ "n": 1 })).await.unwrap(), r#"{"n":1}"#);
    let refusal = call(&rig, "count_tool", json!({ "n": "one" })).await.unwrap_err();
    assert!(refusal.contains("the output of tool `count_tool` does not fit its schema"), "{refusal}");
    let refusal = call(&rig, "count_tool", json!([])).await.unwrap_err();
    assert!(refusal.contains("the input does not fit"), "{refusal}");
    rig.host.stop().await;
}

async fn a_rate_limit_holds() {
    let rig = Rig::new(vec![tool("slow", "rateLimit: 2/h", "return 1;")]).await;
    for _ in 0..2 {
        call(&rig, "slow_tool", json!({})).await.unwrap();
    }
    let refusal = call(&rig, "slow_tool", json!({})).await.unwrap_err();
    assert_eq!(refusal, "tool `slow_tool` may be called 2/h; try later");
    rig.host.stop().await;
}

async fn an_agent_calls_what_its_list_allows() {
    let agent = "export default definePlugin({ agent: async ({ message }, wa) => {
        try { return { text: 'got ' + await wa.tools.call(message.text, {}) }; }
        catch (error) { return { text: `${error.code}: ${error.message}` }; }
    } });";
    let project = "
schema: 1
agents: { ana: { handler: desk, bindings: [{ channel: console }], tools: { allow: ['free_*', bound_tool] } } }
server: { bind: '127.0.0.1:0' }
policy: { sandbox: best-effort }
";
    let plugins = vec![
        plugin("desk", "agent: true", agent),
        tool("free", "", "return 1;"),
        tool("bound", "optional: true", "return 2;"),
        tool("other", "", "return 3;"),
    ];
    let rig = Rig::with(project, plugins, quick()).await;
    let mut console = rig.console();
    assert_eq!(ask(&mut console, "me", "free_tool").await, "got 1");
    assert_eq!(ask(&mut console, "me", "bound_tool").await, "got 2");
    let refusal = ask(&mut console, "me", "other_tool").await;
    assert_eq!(
        refusal,
        "denied: agent `ana` may not call `other_tool`; `agents.ana.tools.allow` in wa.yaml would allow it"
    );
    assert_eq!(ask(&mut console, "me", "no_tool").await, "not_found: there is no tool `no_tool`");
    rig.host.stop().await;
}

async fn only_an_agent_call_may_call_tools() {
    let rig = Rig::new(vec![tool("outer", "", "return await wa.tools.call('outer_tool', {});")]).await;
    let refusal = call(&rig, "outer_tool", json!({})).await.unwrap_err();
    assert!(refusal.contains("only inside an `agent` call"), "{refusal}");
    rig.host.stop().await;
}

async fn two_owners_of_a_tool_are_both_refused() {
    let twin = |id: &str| {
        let head = "tools:\n  - { name: same, description: Test, input: { type: object } }\n";
        plugin(id, head, "export default definePlugin({ tools: { same: () => 1 } });")
    };
    let rig = Rig::new(vec![twin("one"), twin("two"), tool("free", "", "return 1;")]).await;
    let status = rig.host.status().await.unwrap();
    let refused: Vec<_> = status
        .plugins
        .iter()
        .filter(|plugin| plugin.state == "refused")
        .map(|plugin| &*plugin.reason)
        .collect();
    assert_eq!(
        refused,
        [
            "it and plugin `two` both claim the tool `same`; disable one of them",
            "it and plugin `one` both claim the tool `same`; disable one of them",
        ]
    );
    assert_eq!(call(&rig, "free_tool", json!({})).await.unwrap(), "1");
    rig.host.stop().await;
}
