//! What plugins add to `wa` and its gateway: commands, methods, pages, webhooks, files; all declared, nothing else.

use serde_json::{Value, json};

use crate::support::{Place, Running};

const ORDERS: (&str, &str, &str) = (
    "order-desk",
    "commands:
  - name: orders
    description: List orders
    args:
      - { name: since, type: string, required: true, description: The first day }
      - { name: most, type: integer }
      - { name: all, type: boolean }
  - { name: breaks, description: Fails }
rpc:
  - method: orders.list
    scope: read
    params: { type: object, required: [since], additionalProperties: false, properties: { since: { type: string } } }
    result: { type: array, items: { type: string } }
  - { method: orders.wrong, scope: read, result: { type: string } }",
    "commands: {
        orders: ({ args }, wa) => {
            wa.log.info('listing');
            return args.all ? { json: args, status: 1 } : `orders since ${args.since}`;
        },
        breaks: () => { throw new Error('no orders today') },
    },
    rpc: { 'orders.list': ({ since }) => [`one of ${since}`], 'orders.wrong': () => 7 }",
);

#[test]
fn a_command_of_a_plugin_is_helped_and_checked_without_its_code_and_runs_with_and_without_a_host() {
    let place = Place::with_echo(&[ORDERS]);
    let help = place.wa(["orders", "--help"]).succeeds();
    for part in [
        "List orders",
        "--since <TEXT>",
        "The first day",
        "--most <NUMBER>",
        "A command of the plugin order-desk 1.0.0",
    ] {
        assert!(help.stdout().contains(part), "{part}: {}", help.stdout());
    }
    let missing = place.wa(["orders"]).exits(2);
    assert!(missing.stderr().contains("--since <TEXT>"), "{}", missing.stderr());
    place.wa(["orders", "--since", "2026-11-01", "--most", "many"]).exits(2);
    place.wa(["orders", "--since", "x", "--unknown"]).exits(2);
    assert!(!place.path(".wa/health").exists(), "help or a wrong argument has started a worker");
    let alone = place.wa(["orders", "--since", "2026-11-01"]).succeeds();
    assert_eq!(alone.stdout(), "orders since 2026-11-01\n");
    assert!(alone.stderr().contains("[order-desk] info: listing"), "{}", alone.stderr());
    let json = place.wa(["orders", "--since", "x", "--most", "3", "--all"]).exits(1);
    assert_eq!(json.json(), json!({ "since": "x", "most": 3, "all": true }));
    let broken = place.wa(["breaks"]).exits(1);
    assert!(broken.stderr().contains("no orders today"), "{}", broken.stderr());
    let mut host = Running::start(&place);
    assert_eq!(place.wa(["orders", "--since", "now"]).succeeds().stdout(), "orders since now\n");
    assert_eq!(host.event_of("workerStarted", "order-desk")["reason"], "command orders");
    host.stop();
}

#[test]
fn what_is_no_command_is_told_as_ever() {
    let place = Place::with_echo(&[ORDERS]);
    let typo = place.wa(["doctr"]).exits(2);
    assert!(
        typo.stderr().contains("unrecognized subcommand 'doctr'") && typo.stderr().contains("'doctor'"),
        "{}",
        typo.stderr()
    );
    Place::empty().wa(["orders"]).exits(2);
    place.wa(["plugins", "disable", "order-desk"]).succeeds();
    place.wa(["orders", "--since", "x"]).exits(2);
}

#[test]
fn methods_of_plugins_are_checked_both_ways() {
    let place = Place::with_echo(&[ORDERS]);
    let host = Running::start(&place);
    assert_eq!(host.rpc("orders.list", &json!({ "since": "May" })), Ok(json!(["one of May"])));
    for (method, params, code, words) in [
        ("orders.list", json!({}), -32602, "since"),
        ("orders.list", json!({ "since": 1 }), -32602, "since"),
        ("orders.list", json!({ "since": "x", "more": 1 }), -32602, "more"),
        ("orders.wrong", json!({}), -32001, "does not fit what its plugin declares"),
        ("orders.none", json!({}), -32601, "there is no method `orders.none`"),
    ] {
        let error = host.rpc(method, &params).unwrap_err();
        assert_eq!(error["code"], code, "{method}: {error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{method}: {error}");
    }
    host.stop();
}

#[test]
fn pages_are_listed_and_served_without_rights() {
    let manifest = "routes: [{ path: /board }]
pages: [{ path: /board, title: Orders, icon: '📦', order: 5 }]";
    let place = Place::with_echo(&[(
        "web",
        manifest,
        "routes: { 'GET /board': () => ({ html: '<h1>Orders</h1><script>1</script>' }) }",
    )]);
    let host = Running::start(&place);
    let page =
        json!({ "plugin": "web", "path": "/plugins/web/board", "title": "Orders", "icon": "📦", "order": 5 });
    assert_eq!(host.rpc("pages.list", &json!({})), Ok(json!([page])));
    let bearer = format!("Bearer {}", host.token());
    let headers = [("authorization", &*bearer)];
    assert_eq!(host.http("GET", "/plugins/manifest", &[], b"").status, 401);
    let listed: Value =
        serde_json::from_str(&host.http("GET", "/plugins/manifest", &headers, b"").body).unwrap();
    let web = listed["plugins"].as_array().unwrap().iter().find(|one| one["name"] == "web").unwrap();
    assert_eq!((&web["pages"][0]["title"], &web["hasRoutes"]), (&json!("Orders"), &json!(true)));
    let answer = host.http("GET", "/plugins/web/board", &headers, b"");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8".to_owned()));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("sandbox; default-src 'none'") && !policy.contains("allow-scripts"),
        "{policy}"
    );
    host.stop();
}

#[test]
fn a_webhook_runs_no_code_until_its_sender_has_proved_that_it_knows_the_secret() {
    let manifest = "routes: [{ path: /hook, methods: [POST], auth: webhook, secret: hookSecret }]
configSchema: { type: object, additionalProperties: false, properties: { hookSecret: { type: string } } }
configContracts: { secretInputs: { paths: [{ path: hookSecret }] } }";
    let place = Place::with_echo(&[(
        "hook",
        manifest,
        "routes: { 'POST /hook': ({ body }) => ({ text: `got ${body}` }) }",
    )]);
    let mut host = Running::start(&place);
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let post = |host: &Running, headers: &[(&str, &str)], body: &[u8]| {
        host.http("POST", "/plugins/hook/hook", headers, body)
    };
    // Nobody has set the secret: nobody can know it.
    assert_eq!(post(&host, &[("x-hub-signature-256", signature)], b"Hello, World!").status, 503);
    place.edit(
        "wa.yaml",
        "paths: [./plugins]",
        "paths: [./plugins], entries: { hook: { config: { hookSecret: \"It's a Secret to Everybody\" } } }",
    );
    place.wa(["plugins", "reload"]).succeeds();
    let token = format!("Bearer {}", host.token());
    for (headers, body) in [
        (vec![], "Hello, World!"),
        (vec![("authorization", &*token)], "Hello, World!"),
        (vec![("x-hub-signature-256", "sha256=00")], "Hello, World!"),
        (vec![("x-hub-signature-256", signature)], "Hello, World"),
    ] {
        assert_eq!(post(&host, &headers, body.as_bytes()).status, 401, "{headers:?} {body}");
    }
    assert!(!host.events().iter().any(|event| event["event"] == "workerStarted"), "{:?}", host.events());
    let answer = post(&host, &[("x-hub-signature-256", signature)], b"Hello, World!");
    assert_eq!((answer.status, &*answer.body), (200, "got Hello, World!"));
    host.stop();
}

#[test]
fn a_plugin_keeps_files_of_its_own_within_its_quota() {
    let code = "tools: { files: async ({ how, path, content }, wa) => {
        try {
            return (await wa.files[how](path, content)) ?? null;
        } catch (error) { return { code: error.code, message: error.message } }
    } }";
    let tool = "tools: [{ name: files, description: Files, input: { type: object } }]";
    let place = Place::with_echo(&[
        ("keeper", &format!("{tool}\npermissions: {{ storage: 1KiB }}"), code),
        (
            "poor",
            &tool.replace("files,", "poor_files,"),
            "tools: { poor_files: async ({ path }, wa) => {
                const files = wa.files;
                try { return await files.read(path) } catch (error) { return { message: error.message } }
            } }",
        ),
    ]);
    let host = Running::start(&place);
    let files = |how: &str, path: &str, content: Value| {
        host.tool("files", &json!({ "how": how, "path": path, "content": content })).unwrap()
    };
    assert_eq!(files("list", "", json!(null)), json!([]));
    assert_eq!(files("write", "reports/may.txt", json!("hello")), json!(null));
    assert_eq!(files("write", "bytes", json!({ "base64": "/w==" })), json!(null));
    assert_eq!(files("read", "reports/may.txt", json!(null)), json!({ "text": "hello" }));
    assert_eq!(files("read", "bytes", json!(null)), json!({ "base64": "/w==" }));
    assert_eq!(
        files("list", "", json!(null)),
        json!([{ "path": "bytes", "bytes": 1 }, { "path": "reports/may.txt", "bytes": 5 }])
    );
    assert_eq!(place.read(".wa/data/keeper/files/reports/may.txt"), "hello");
    for (path, code) in
        [("../../../wa.yaml", "invalid_params"), ("/etc/passwd", "invalid_params"), ("none", "not_found")]
    {
        assert_eq!(files("read", path, json!(null))["code"], code, "{path}");
    }
    assert_eq!(files("write", "big", json!("x".repeat(2000)))["code"], "limit");
    assert_eq!(files("delete", "bytes", json!(null)), json!(true));
    assert_eq!(files("delete", "bytes", json!(null)), json!(false));
    let refused = host.tool("poor_files", &json!({ "path": "a" })).unwrap();
    assert!(refused["message"].as_str().unwrap().contains("permissions.storage"), "{refused}");
    host.stop();
}

#[test]
fn a_plugin_knows_who_wrote_where_by_its_own_and_by_open_was_names() {
    let code = "tools: { ask: async ({ how, args }, wa) => {
        try { return (await wa.channel[how](...args)) ?? null } catch (error) { return { code: error.code, message: error.message } }
    } }";
    let manifest = "tools: [{ name: ask, description: Asks, input: { type: object } }]\npermissions: { channel: { console: [contacts.read, send] } }";
    let place = Place::with_echo(&[
        ("asker", manifest, code),
        (
            "blind",
            "tools: [{ name: blind, description: Asks, input: { type: object } }]",
            &code.replace("{ ask:", "{ blind:"),
        ),
    ]);
    let host = Running::start(&place);
    host.console().ask("me", "hi");
    let ask = |how: &str, args: Value| host.tool("ask", &json!({ "how": how, "args": args })).unwrap();
    let account = json!([{ "channel": "console" }]);
    let chats = ask("getChats", account.clone());
    assert_eq!((&chats[0]["id"], &chats[0]["is_group"]), (&json!("me"), &json!(false)));
    let contacts = ask("getContacts", account.clone());
    assert_eq!(ask("getAllChats", account.clone()), chats);
    assert_eq!(ask("getAllContacts", account.clone()), contacts);
    let known = contacts[0]["id"].clone();
    assert_eq!(ask("getContact", json!([{ "channel": "console", "id": known }]))["id"], known);
    assert_eq!(ask("getContact", json!([{ "channel": "console", "id": "nobody" }])), json!(null));
    assert_eq!(ask("getHostNumber", account.clone()), json!(null));
    assert_eq!(ask("sendSeen", json!([{ "channel": "console", "chat": "me" }])), json!(null));
    let blind = host.tool("blind", &json!({ "how": "getChats", "args": account })).unwrap();
    assert!(blind["message"].as_str().unwrap().contains("contacts.read"), "{blind}");
    // A name of open-wa that is none of the closed list is no function at all.
    assert!(ask("sendLocation", json!(["me"]))["message"].as_str().unwrap().contains("not a function"));
    host.stop();
}

#[test]
fn a_tool_is_called_as_often_as_its_limit_says() {
    let manifest = "tools: [{ name: rare, description: Rare, input: { type: object }, rateLimit: 2/h }]";
    let place = Place::with_echo(&[("rare", manifest, "tools: { rare: () => 1 }")]);
    let host = Running::start(&place);
    for _ in 0..2 {
        assert_eq!(host.tool("rare", &json!({})), Ok(json!(1)));
    }
    assert!(host.tool("rare", &json!({})).unwrap_err().contains("may be called 2/h"));
    host.stop();
}

#[test]
fn the_plan_says_who_starts_for_what_and_why() {
    let place = Place::with_echo(&[
        ORDERS,
        (
            "eager",
            "activation: { onStartup: true, onCommands: [orders], onChannels: [console] }\ntools: [{ name: x, description: X, input: { type: object } }]",
            "tools: { x: () => 1 }",
        ),
        ("heart", "services: [{ id: pulse }]", "services: { pulse: { start: () => {} } }"),
    ]);
    let starts = |what: &str| {
        let plan = place.wa(["plugins", "plan", "--for", what, "--json"]).succeeds().json();
        let starts = plan["plans"][0]["starts"].as_array().unwrap().clone();
        starts
            .iter()
            .map(|start| {
                format!("{} {}", start["plugin"].as_str().unwrap(), start["reason"].as_str().unwrap())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(starts("command:orders"), ["order-desk owner: commands", "eager explicit: onCommands"]);
    assert_eq!(starts("rpc:orders.list"), ["order-desk owner: rpc"]);
    assert_eq!(starts("startup"), ["heart owner: services", "eager explicit: onStartup"]);
    assert_eq!(starts("channel:console"), ["eager explicit: onChannels"]);
    let ids = place.wa(["plugins", "plan", "--for", "command:orders", "--ids"]).succeeds();
    assert_eq!(ids.stdout(), "order-desk\neager\n");
    // What is planned is what happens.
    let mut host = Running::start(&place);
    assert_eq!(host.event_of("workerStarted", "eager")["reason"], "startup");
    assert_eq!(host.event_of("workerStarted", "heart")["reason"], "service pulse/start");
    host.rpc("orders.list", &json!({ "since": "May" })).unwrap();
    assert_eq!(host.event_of("workerStarted", "order-desk")["reason"], "rpc orders.list");
    host.stop();
}
