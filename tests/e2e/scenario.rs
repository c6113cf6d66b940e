//! `wa plugins test`: what a scenario can say, each shown true, and false where it is not.

use std::net::TcpListener;

use serde_json::Value;

use crate::support::{Place, Transcript};

const MANIFEST: &str = "schema: 1
id: orders
version: 1.0.0
runtime: { kind: js, entry: src/index.ts }
permissions: { network: ['https://api.example.com'], storage: 1MiB, channel: { any: [send] } }
agent: true
events: [message.received, reaction.received]
tools:
  - { name: order_status, description: Status, input: { type: object, properties: { number: { type: string } } } }
  - { name: order_now, description: Time, input: { type: object } }
  - { name: order_key, description: Key, input: { type: object } }
  - { name: order_broken, description: Breaks, input: { type: object } }
routes:
  - { path: /hook, methods: [POST], auth: webhook, secret: hookSecret }
  - { path: /echo, methods: [POST] }
schedules: [{ id: hourly, cron: '0 * * * *' }]
commands: [{ name: orders, description: Lists, args: [{ name: since, type: string }] }]
rpc:
  - { method: orders.list, scope: read, params: { type: object }, result: { type: array } }
configSchema:
  type: object
  additionalProperties: false
  properties: { apiKey: { type: string }, hookSecret: { type: string }, greeting: { type: string, default: Hello } }
configContracts:
  secretInputs:
    paths:
      - { path: apiKey, use: [{ header: Authorization, value: 'Bearer {secret}', origin: 'https://api.example.com' }] }
      - { path: hookSecret }
";

const CODE: &str = r#"import { definePlugin } from "wa";
import { explode } from "./explode";

interface Order {
  number: string;
  status: string;
}

export default definePlugin({
  events: {
    "message.received": async (message, wa) => {
      wa.log.debug("seen", { text: message.text });
      await wa.storage.set("last", message.text);
    },
    "reaction.received": async (reaction, wa) => wa.storage.set("reaction", reaction.emoji),
  },
  tools: {
    order_status: async ({ number }: { number: string }, wa) => {
      const answer = await wa.fetch(`https://api.example.com/orders/${number}`);
      const order: Order = answer.json();
      return { status: order.status, code: answer.status };
    },
    order_now: () => ({ now: new Date().toISOString(), same: Date.now() === new Date().getTime(), past: new Date(0).getTime() }),
    order_key: (_, wa) => ({ key: wa.config.apiKey }),
    order_broken: async (_, wa) => {
      await wa.sleep(1), wa.log.error("it is about to break");
      return explode(1);
    },
  },
  routes: {
    "POST /hook": (request) => ({ status: 202, json: { got: JSON.parse(request.body) } }),
    "POST /echo": (request) => ({ headers: { "x-echo": request.headers["x-mark"] ?? "none" }, text: request.body }),
  },
  schedules: {
    hourly: async ({ scheduled_at }, wa) => {
      const runs = ((await wa.storage.get("runs")) as string[] | null) ?? [];
      await wa.storage.set("runs", [...runs, `${scheduled_at} ${new Date().toISOString()}`]);
    },
  },
  commands: { orders: ({ args }) => ({ json: { since: args.since }, status: 0 }) },
  rpc: { "orders.list": () => ["1002"] },
  agent: async ({ message }, wa) => {
    if (message.text === "twice") await wa.channel.sendText({ to: message.chat, text: "first" });
    return message.text === "nothing" ? null : { text: `${wa.config.greeting}, ${message.text}` };
  },
});
"#;

const EXPLODE: &str = "type Many = {\n  a: string;\n  b: number;\n};\n\nenum Kind {\n  One,\n  Two,\n}\n\nexport function explode<T extends Many>(\n  depth: number,\n): T {\n  const kind: Kind = Kind.Two;\n  throw new TypeError(`no ${kind} at ${depth}`);\n}\n";

/// A plugin with these scenarios, each a file's name and its text.
fn with(scenarios: &[(&str, &str)]) -> Place {
    let place = Place::empty();
    place.write("orders/wa.plugin.yaml", MANIFEST);
    place.write("orders/src/index.ts", CODE);
    place.write("orders/src/explode.ts", EXPLODE);
    for (name, text) in scenarios {
        place.write(&format!("orders/tests/{name}.yaml"), text);
    }
    place
}

fn test(place: &Place) -> Transcript {
    place.wa(["plugins", "test", "orders"])
}

/// All steps come true; a file whose last step's name ends in `(wrong)` fails in that step alone.
#[track_caller]
fn all_pass(scenario: &str) {
    let place = with(&[("a", scenario)]);
    let tested = test(&place).succeeds();
    let steps = scenario.matches("- name:").count();
    assert!(tested.stderr().contains(&format!("{steps} passed, 0 failed")), "{tested}");
}

/// The one step fails; what is printed of it holds all of this.
#[track_caller]
fn fails(scenario: &str, shown: &[&str]) {
    let place = with(&[("a", scenario)]);
    let tested = test(&place).exits(1);
    for words in shown {
        assert!(tested.stdout().contains(words), "no {words:?} in\n{tested}");
    }
}

const ANSWERED: &str = "secrets: { apiKey: s3cret-value }
http:
  - { request: GET https://api.example.com/orders/7, json: { number: '7', status: packed } }
";

#[test]
fn requests_get_the_declared_answers_with_the_secret_that_the_host_put_on() {
    all_pass(&format!(
        "{ANSWERED}  - {{ request: GET https://api.example.com/orders/8, status: 404, text: '{{\"status\":\"unknown\"}}' }}
  - {{ request: GET https://api.example.com/orders/8, status: 302, headers: {{ location: /orders/7 }} }}
  - {{ request: GET https://api.example.com/orders/9, fails: the line is dead }}
steps:
  - name: an answer
    tool: order_status
    input: {{ number: '7' }}
    expect: {{ status: packed, code: 200 }}
    calls:
      - http.fetch: {{ method: GET, url: https://api.example.com/orders/7, headers: {{ authorization: {{ secret: apiKey }} }} }}
  - name: the first answer to a request
    tool: order_status
    input: {{ number: '8' }}
    expect: {{ status: unknown, code: 404 }}
  - name: the next leads elsewhere
    tool: order_status
    input: {{ number: '8' }}
    expect: {{ status: packed, code: 200 }}
    calls: [http.fetch: {{ url: https://api.example.com/orders/8 }}, http.fetch: {{ url: https://api.example.com/orders/7 }}]
  - name: no answer
    tool: order_status
    input: {{ number: '9' }}
    error: the line is dead
  - name: code sees the handle of a secret and never its value
    tool: order_key
    expect: {{ key: {{ secret: apiKey }} }}
    calls: []
"
    ));
}

#[test]
fn a_request_without_an_answer_fails_and_goes_nowhere() {
    // Somebody listens where the request would go, and must not be asked.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let place = with(&[("a", "steps: [{ name: a, tool: order_status, input: { number: '7' } }]")]);
    place.edit(
        "orders/wa.plugin.yaml",
        "network: ['https://api.example.com']",
        &format!("network: ['https://api.example.com', '{origin}']"),
    );
    place.edit("orders/src/index.ts", "https://api.example.com/orders", &format!("{origin}/orders"));
    let tested = test(&place).exits(1);
    assert!(
        tested.stdout().contains(&format!("`GET {origin}/orders/7`, to which `http` declares no answer")),
        "{tested}"
    );
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn an_origin_that_the_manifest_does_not_name_is_refused_before_any_answer() {
    let place = with(&[(
        "a",
        "http: [{ request: GET https://other.example.com/orders/7, json: {} }]
steps: [{ name: a, tool: order_status, input: { number: '7' }, error: may not reach https://other.example.com, calls: [http.fetch: { url: https://other.example.com/orders/7 }] }]",
    )]);
    place.edit("orders/src/index.ts", "https://api.example.com/orders", "https://other.example.com/orders");
    test(&place).succeeds();
}

#[test]
fn time_stands_still_until_it_is_moved_and_what_is_due_runs_at_its_time() {
    all_pass(
        "clock: 2026-11-21T09:30:00Z
steps:
  - name: code sees the time
    tool: order_now
    expect: { now: 2026-11-21T09:30:00.000Z, same: true, past: 0 }
  - name: two runs are due
    advance: 2h
    storage: { runs: ['2026-11-21T10:00:00.000Z 2026-11-21T10:00:00.000Z', '2026-11-21T11:00:00.000Z 2026-11-21T11:00:00.000Z'] }
  - name: time has passed
    tool: order_now
    expect: { now: 2026-11-21T11:30:00.000Z }
  - name: a schedule can be run at any time
    schedule: hourly
    calls: [storage.get: { key: runs }, storage.set: { key: runs }]
  - name: what is not declared cannot
    schedule: daily
    error: declares no schedule `daily`
",
    );
}

#[test]
fn routes_get_headers_and_webhooks_their_signature() {
    all_pass(
        "secrets: { hookSecret: whsec-1 }
steps:
  - name: the sender knows the secret
    route: POST /hook
    body: { paid: true }
    sign: true
    expect: { status: 202, json: { got: { paid: true } } }
  - name: the sender does not
    route: POST /hook
    body: { paid: true }
    expect: { status: 401 }
  - name: headers go in and out
    route: POST /echo
    headers: { x-mark: one, content-type: text/plain }
    body: as it is
    expect: { status: 200, text: as it is, headers: { x-echo: one } }
",
    );
}

#[test]
fn events_commands_rpc_and_chats() {
    all_pass(
        "config: { greeting: Moin }
storage: { last: before }
steps:
  - name: a message, its observers and the reply
    message: hi
    reply: Moin, hi
    storage: { last: hi, other: null }
    logs: [seen, { level: debug, text: '\"hi\"' }]
  - name: two messages come back
    message: twice
    replies: [first, { kind: text, text: 'Moin, twice' }]
  - name: nothing comes back
    message: nothing
    replies: []
  - name: an event
    event: message.received
    payload: { text: told }
    storage: { last: told }
    calls: [storage.set: { key: last, value: told }]
  - name: a command
    command: orders
    args: { since: '2026' }
    expect: { json: { since: '2026' }, status: 0 }
  - name: a method
    rpc: orders.list
    expect: ['1002']
  - name: an event that is not observed
    event: poll.voted
    error: declares no event `poll.voted`
",
    );
}

#[test]
fn whatsapp_takes_answers_reactions_and_files() {
    let place = with(&[(
        "a",
        "channel: whatsapp
steps:
  - name: a message
    message: hi
    reply: Hello, hi
  - name: a reaction to what came
    reaction: 👍
    storage: { reaction: 👍 }
  - name: an answer to what came
    message: { text: yes, to_last: true }
    reply: Hello, yes
  - name: a file
    media: { file: note.txt, mime: text/plain, caption: a note }
",
    )]);
    place.write("orders/tests/note.txt", "a note");
    let tested = test(&place);
    assert!(tested.stderr().contains("4 passed, 0 failed"), "{tested}");
}

#[test]
fn what_differs_is_shown_and_nothing_else() {
    fails(
        &format!(
            "{ANSWERED}steps: [{{ name: a, tool: order_status, input: {{ number: '7' }}, expect: {{ status: lost, code: 200 }} }}]"
        ),
        &["FAIL  a.yaml: a\n      expect/status\n        expected: \"lost\"\n        got:      \"packed\"\n"],
    );
    fails(
        "steps: [{ name: a, message: hi, reply: bye }]",
        &["reply\n        expected: \"bye\"\n        got:      \"Hello, hi\""],
    );
    fails(
        "steps: [{ name: a, message: hi, replies: [] }]",
        &["expected: no message\n        got:      \"Hello, hi\""],
    );
    fails(
        "steps: [{ name: a, message: nothing, reply: x }]",
        &["expected: \"x\"\n        got:      no message"],
    );
    fails(
        "steps: [{ name: a, message: hi, storage: { last: x } }]",
        &["storage/last\n        expected: \"x\"\n        got:      \"hi\""],
    );
    fails(
        "steps: [{ name: a, message: hi, logs: [unheard] }]",
        &["logs/0\n        expected: \"unheard\"\n        got:      debug: seen"],
    );
    fails(
        "steps: [{ name: a, message: hi, calls: [] }]",
        &["calls\n        expected: none\n        got:      storage.set"],
    );
    fails(
        "steps: [{ name: a, message: hi, calls: [storage.set: { key: x }] }]",
        &["calls/0/storage.set/key\n        expected: \"x\"\n        got:      \"last\""],
    );
    fails(
        "steps: [{ name: a, tool: order_now, error: x }]",
        &["error\n        expected: x\n        got:      the result {"],
    );
    fails(
        "steps: [{ name: a, rpc: orders.list, expect: [] }]",
        &["expected: []\n        got:      [\"1002\"]"],
    );
}

#[test]
fn what_is_thrown_has_its_place_in_the_authors_files() {
    fails(
        "steps: [{ name: a, tool: order_broken }]",
        &[
            "TypeError: no 1 at 1",
            "at explode (src/explode.ts:15:",
            "(src/index.ts:27:",
            "logged as an error:\n        it is about to break",
        ],
    );
    let place = with(&[("a", "steps: [{ name: a, tool: order_now }]")]);
    place.edit(
        "orders/src/explode.ts",
        "enum Kind",
        "const early: string = null!;\nearly.trim();\nenum Kind",
    );
    let tested = test(&place).exits(1);
    assert!(tested.stdout().contains("src/explode.ts:7:"), "{tested}");
}

#[test]
fn a_mistake_in_a_scenario_has_its_place_and_a_word_what_was_meant() {
    let place = with(&[("a", "steps:\n  - name: a\n    mesage: hi\n")]);
    let refused = test(&place).exits(1);
    assert!(refused.stderr().contains("orders/tests/a.yaml:3:5"), "{refused}");
    assert!(refused.stderr().contains("did you mean `message`?"), "{refused}");
    place.write("orders/tests/a.yaml", "secrets: { other: x }\nsteps: [{ name: a, message: hi }]");
    let refused = test(&place).exits(1);
    assert!(refused.stderr().contains("`secrets` names `other`, which is no secret"), "{refused}");
}

#[test]
fn the_schema_of_scenarios_is_published() {
    let place = Place::empty();
    let schema = place.wa(["schema", "scenario"]).succeeds().json();
    assert!(schema["$defs"]["step"]["properties"]["advance"].is_object());
}

#[test]
fn files_are_played_side_by_side_told_in_order_and_filtered() {
    let one =
        |name: &str| format!("steps:\n  - {{ name: step of {name}, message: hi, reply: 'Hello, hi' }}\n");
    let names = ["a", "b", "c", "d"];
    let texts: Vec<String> = names.iter().map(|name| one(name)).collect();
    let files: Vec<(&str, &str)> = names.iter().copied().zip(texts.iter().map(String::as_str)).collect();
    let place = with(&files);
    let tested = test(&place).succeeds();
    let told: Vec<&str> = tested.stdout().lines().collect();
    assert_eq!(
        told,
        [
            "ok    a.yaml: step of a",
            "ok    b.yaml: step of b",
            "ok    c.yaml: step of c",
            "ok    d.yaml: step of d"
        ]
    );
    let json = place.wa(["plugins", "test", "orders", "--filter", "step of c", "--json"]).succeeds().json();
    assert_eq!(json["schemaVersion"], 1);
    let steps: Vec<&Value> = json["steps"].as_array().unwrap().iter().map(|step| &step["file"]).collect();
    assert_eq!(steps, ["c.yaml"]);
    place.wa(["plugins", "test", "orders", "--filter", "nobody"]).exits(2);
}

#[test]
fn junit_tells_each_step_to_a_dashboard() {
    let place = with(&[(
        "a",
        "steps: [{ name: right, message: hi, reply: 'Hello, hi' }, { name: wrong, message: hi, reply: <bye> }]",
    )]);
    place.wa(["plugins", "test", "orders", "--junit", "report.xml"]).exits(1);
    let report = place.read("report.xml");
    for words in [
        "<testsuites name=\"orders\" tests=\"2\" failures=\"1\"",
        "<testsuite name=\"a.yaml\"",
        "<testcase name=\"right\"",
        "<testcase name=\"wrong\"",
        "reply: expected &quot;&lt;bye&gt;&quot;, got &quot;Hello, hi&quot;",
    ] {
        assert!(report.contains(words), "no {words:?} in\n{report}");
    }
}

#[test]
fn a_test_leaves_nothing_behind() {
    let place = with(&[("a", "steps: [{ name: a, message: hi }]")]);
    let before = place.tree();
    test(&place).succeeds();
    assert!(before == place.tree(), "the test has changed files");
}
