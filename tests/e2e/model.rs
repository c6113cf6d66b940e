//! An agent that a language model answers for: its prompt, its tools, its gates.

use serde_json::{Value, json};

use crate::support::{Place, Running};

/// A "model" that says what it was asked, and asks for the tools that the message names.
const MODEL: (&str, &str, &str) = (
    "parrot",
    "capabilities: { textInference: [{ id: parrot }] }",
    "capabilities: { 'textInference/parrot': ({ messages, tools, model, max_tokens }) => {
        const last = messages[messages.length - 1];
        if (last.role === 'tool') return { text: `tool said ${last.text}${last.is_error ? ' (error)' : ''}`, finish_reason: 'stop' };
        const [word, name] = last.text.split(' ');
        if (word === 'use') return { text: '', tool_calls: [{ id: 'c1', name, input: {} }], finish_reason: 'tool_calls' };
        if (word === 'loop') return { text: '', tool_calls: [{ id: 'c1', name: 'now', input: {} }, { id: 'c2', name: 'none', input: {} }], finish_reason: 'tool_calls' };
        return { text: JSON.stringify({ messages, tools: (tools ?? []).map((tool) => tool.name), model, max_tokens }), finish_reason: 'stop' };
    } }",
);
const TOOLS: (&str, &str, &str) = (
    "tools",
    "tools:
  - { name: now, description: The time, input: { type: object } }
  - { name: secret, description: Hidden, input: { type: object }, optional: true }",
    "tools: { now: () => 'noon', secret: () => 'x' }",
);

fn project(agent: &str) -> String {
    format!(
        "schema: 1\nagents:\n  ana: {{ {agent}, bindings: [{{ channel: console }}], tools: {{ allow: ['*'] }} }}\nplugins: {{ paths: [./plugins] }}\nserver: {{ bind: '127.0.0.1:0' }}\n"
    )
}

#[test]
fn a_model_is_told_what_was_said_and_its_tools_and_answers() {
    let place = Place::with_plugins(&[MODEL, TOOLS]);
    place.write("wa.yaml", project("instructions: Be kind., model: { name: big, maxTokens: 7, history: 2 }"));
    let host = Running::start(&place);
    let mut console = host.console();
    let told: Value = serde_json::from_str(&console.ask("me", "one")).unwrap();
    assert_eq!(
        told["messages"],
        json!([{ "role": "system", "text": "Be kind." }, { "role": "user", "text": "one" }])
    );
    assert_eq!(
        (&told["tools"], &told["model"], &told["max_tokens"]),
        (&json!(["message", "now"]), &json!("big"), &json!(7))
    );
    console.ask("other", "elsewhere");
    assert_eq!(console.ask("me", "use now"), "tool said \"noon\"");
    assert!(console.ask("me", "use secret").contains("(error)"));
    let told: Value = serde_json::from_str(&console.ask("me", "four")).unwrap();
    let said: Vec<&str> =
        told["messages"].as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap()).collect();
    assert_eq!(said, ["system", "user", "assistant", "user"]);
    assert_eq!(told["messages"][1]["text"], "use secret");
    host.stop();
}

#[test]
fn a_turn_that_never_ends_is_ended() {
    let place = Place::with_plugins(&[
        (
            "parrot",
            MODEL.1,
            &MODEL
                .2
                .replace("if (last.role === 'tool')", "if (false)")
                .replace("last.text.split", "messages[messages.length > 1 ? 0 : 0].text.split"),
        ),
        TOOLS,
    ]);
    place.write("wa.yaml", project("model: { steps: 3, history: 0 }"));
    let mut host = Running::start(&place);
    host.console().say("me", "loop");
    let dead = host.event(|event| event["event"] == "deadLetter");
    assert!(
        dead["reason"]
            .as_str()
            .unwrap()
            .contains("still asks for tools after 3 steps; `agents.ana.model.steps`"),
        "{dead}"
    );
    host.stop();
}

#[test]
fn the_gates_of_a_turn_see_change_and_stop_what_they_may() {
    let gates = "hooks: {
        'agent.starting': ({ agent, message }) => message.text === 'go away' ? block('rude') : undefined,
        'model.resolving': (choice) => ({ ...choice, provider: 'parrot', model: 'small' }),
        'prompt.building': (prompt) => ({ ...prompt, instructions: prompt.instructions + ' Be brief.', context: 'It is noon.' }),
    }";
    let second = (
        "other-model",
        "capabilities: { textInference: [{ id: other }] }",
        "capabilities: { 'textInference/other': () => ({ text: 'wrong one', finish_reason: 'stop' }) }",
    );
    let place = Place::with_plugins(&[
        MODEL,
        TOOLS,
        second,
        (
            "gates",
            "hooks: [{ on: agent.starting }, { on: before_model_resolve }, { on: before_prompt_build }]",
            gates,
        ),
    ]);
    place.write("wa.yaml", project("instructions: Be kind., model: { history: 0 }"));
    let mut host = Running::start(&place);
    let mut console = host.console();
    console.say("me", "go away");
    let blocked = host.event(|event| event["event"] == "messageBlocked");
    assert_eq!((&blocked["gate"], &blocked["reason"]), (&json!("agent.starting"), &json!("rude")));
    let told: Value = serde_json::from_str(&console.ask("me", "hello")).unwrap();
    assert_eq!(told["messages"][0]["text"], "Be kind. Be brief.\n\nIt is noon.");
    assert_eq!(told["model"], "small");
    host.stop();
}

const SKILL: &str =
    "---\nname: returns\ndescription: How to answer about returns\n---\n\nAsk for the number.\n";

/// A plugin that is a skill and nothing else.
fn with_skill(tools: &str) -> Place {
    let place = Place::with_plugins(&[MODEL]);
    let manifest = "schema: 1\nid: desk-skills\nversion: 1.0.0\nskills: [skills/]\nconfigSchema: { type: object, additionalProperties: false }\n";
    place.write("plugins/desk-skills/wa.plugin.yaml", manifest);
    place.write("plugins/desk-skills/skills/returns/SKILL.md", SKILL);
    place.write("wa.yaml", project("instructions: Be kind., model: { history: 0 }").replace("'*'", tools));
    place
}

#[test]
fn a_model_is_told_of_skills_and_reads_them_with_a_tool() {
    let place = with_skill("'*'");
    let host = Running::start(&place);
    let told: Value = serde_json::from_str(&host.console().ask("me", "one")).unwrap();
    assert_eq!(
        told["messages"][0]["text"],
        "Be kind.\n\nSkills say how to do something. Read one with the tool skill_read before you do what it is for.\n- desk-skills/returns: How to answer about returns"
    );
    assert_eq!(told["tools"], json!(["message", "skill_read"]));
    assert_eq!(host.tool("skill_read", &json!({ "name": "desk-skills/returns" })), Ok(json!(SKILL)));
    let unknown = host.tool("skill_read", &json!({ "name": "refunds" })).unwrap_err();
    assert!(unknown.contains("there is no skill `refunds`; there are desk-skills/returns"), "{unknown}");
    host.stop();
}

#[test]
fn an_agent_that_may_not_read_skills_is_not_told_of_them() {
    let place = with_skill("'message'");
    let host = Running::start(&place);
    let told: Value = serde_json::from_str(&host.console().ask("me", "one")).unwrap();
    assert_eq!((&told["messages"][0]["text"], &told["tools"]), (&json!("Be kind."), &json!(["message"])));
    assert!(host.console().ask("me", "use skill_read").contains("(error)"));
    host.stop();
}
