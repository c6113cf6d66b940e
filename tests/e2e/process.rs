//! Plugins that are commands: in the whole sandbox, in two languages and in both framings, from the example to the installed package.

mod hostile;
mod life;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Place, Running, processes, repository};

impl Place {
    /// Writes a plugin in Python with its client. The manifest's other lines are `manifest`; `code` has `plugin` at hand.
    fn python(&self, id: &str, manifest: &str, code: &str) {
        let begin = "import os, sys, threading, time\nfrom wa_plugin import Plugin, HostError, block\n\nplugin = Plugin()\n";
        self.script(id, manifest, &format!("{begin}\n{code}\n\nplugin.run()\n"));
        let client = fs::read_to_string(repository("sdk/python/wa_plugin.py")).unwrap();
        self.write(&format!("plugins/{id}/wa_plugin.py"), client);
    }

    /// Writes a plugin whose command is `python3 main.py`, without a client.
    fn script(&self, id: &str, manifest: &str, code: &str) {
        let runtime = match manifest.contains("runtime:") {
            true => "",
            false => "runtime: { kind: process, command: [python3, main.py], timeout: 20s }\n",
        };
        self.plugin_code(id, &format!("{runtime}{manifest}"), "");
        fs::remove_file(self.path(format!("plugins/{id}/index.js"))).unwrap();
        self.write(&format!("plugins/{id}/main.py"), code);
    }
}

const TOOL: &str =
    "tools: [{ name: attempt, description: Tries, input: { type: object } }]\npermissions: { storage: 1MiB }";

/// What the only tool answers.
fn attempt(host: &Running, input: &Value) -> Result<Value, String> {
    host.tool("attempt", input)
}

#[test]
fn a_command_answers_and_is_held_by_every_part() {
    let place = Place::with_echo(&[]);
    place.python("py", TOOL, "@plugin.tool('attempt')\ndef attempt(input, wa):\n    # What Python sets for itself is not of the host.\n    given = {name: value for name, value in os.environ.items() if name != 'LC_CTYPE'}\n    return [input, os.getcwd(), given, wa.plugin]");
    let host = Running::start(&place);
    let answer = attempt(&host, &json!({ "a": [1, "ü"] })).unwrap();
    assert_eq!((&answer[0], &answer[2]), (&json!({ "a": [1, "ü"] }), &json!({})), "{answer}");
    assert_eq!(answer[3], json!({ "id": "py", "version": "1.0.0" }));
    let directory = PathBuf::from(answer[1].as_str().unwrap());
    assert!(directory.starts_with(place.path(".wa/processes").canonicalize().unwrap()), "{directory:?}");
    let worker = processes::children(host.pid())[0];
    let status = processes::status(worker);
    for (field, value) in [
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
        ("CapEff", "0000000000000000"),
        ("CapPrm", "0000000000000000"),
    ] {
        assert_eq!(status[field], value, "{field}: {status:?}");
    }
    let program = fs::read_link(format!("/proc/{worker}/exe")).unwrap();
    assert!(program.to_str().unwrap().contains("python3"), "{program:?}");
    assert_eq!(fs::read(format!("/proc/{worker}/environ")).unwrap(), b"");
    let socket = |descriptor: u32| fs::read_link(format!("/proc/{worker}/fd/{descriptor}")).unwrap();
    assert_eq!(socket(0), socket(1));
    if rustix::process::geteuid().is_root() {
        assert!(!status["Uid"].split_whitespace().any(|id| id == "0"), "{status:?}");
        assert_eq!(status["Groups"], "");
        // Nothing of the project but the package and the plugin's own files is there to be seen.
        let seen = |path: &Path| Path::new(&format!("/proc/{worker}/root{}", path.display())).exists();
        assert!(seen(&directory) && !seen(&place.path("wa.yaml")) && !seen(Path::new("/etc/passwd")));
    }
    host.stop();
    processes::wait_until_gone(&[worker]);
    assert!(!directory.exists(), "what it ran from is still there");
}

/// From the folder of an example to an answer of the installed package.
fn installed(example: &str, id: &str) -> Place {
    let place = Place::with_project();
    let source = format!("source/{id}");
    place.copy(&repository(&format!("examples/{example}")), &source);
    let checked = place.wa(["plugins", "validate", &source]).succeeds();
    assert!(checked.stdout().contains("WA0211") && !checked.stdout().contains("warning"), "{checked}");
    let tested = place.wa(["plugins", "test", &source]).succeeds();
    assert!(tested.stderr().contains("4 passed, 0 failed"), "{tested}");
    place.wa(["keys", "new", "acme"]).succeeds();
    place.wa(["plugins", "pack", &source, "--sign", "--out", "dist"]).succeeds();
    let key = place.config().join("keys/acme.pub");
    place.wa(["trust", "add", "acme", key.to_str().unwrap(), "--packages", id]).succeeds();
    place.wa(["plugins", "install", &format!("dist/{id}-0.1.0.tgz"), "--yes"]).succeeds();
    place.configure("server: { bind: 127.0.0.1:0 }");
    place
}

#[test]
fn the_example_in_python_goes_from_source_to_answer() {
    let place = installed("python-tool", "word-count");
    let host = Running::start(&place);
    let counted = host.tool("word_count", &json!({ "text": "a rose is a rose" })).unwrap();
    assert_eq!(counted["words"], 5);
    host.stop();
    // What it has written is there for the next process.
    let host = Running::start(&place);
    assert_eq!(host.tool("word_record", &json!({})), Ok(json!({ "text": "a rose is a rose" })));
    host.stop();
    assert_eq!(place.read(".wa/data/word-count/files/record.txt"), "a rose is a rose");
}

#[test]
fn the_example_in_javascript_goes_from_source_to_answer() {
    let place = installed("node-tool", "link-desk");
    place.configure("agents: { ana: { handler: link-desk, bindings: [{ channel: console }] } }");
    let host = Running::start(&place);
    let parts = host.tool("link_parts", &json!({ "url": "https://example.org/x" })).unwrap();
    assert_eq!(parts["host"], "example.org");
    assert_eq!(host.console().ask("me", "https://example.org"), "1 new, 0 known");
    host.stop();
}

#[test]
fn the_copies_of_the_clients_are_the_clients() {
    for (client, copy) in [
        ("sdk/python/wa_plugin.py", "examples/python-tool/src/wa_plugin.py"),
        ("sdk/node/wa-plugin.mjs", "examples/node-tool/src/wa-plugin.mjs"),
    ] {
        let text = |file| fs::read_to_string(repository(file)).unwrap();
        assert_eq!(text(copy), text(client), "{copy} is not {client}");
    }
}

/// `docs/process.md` shows a whole plugin that needs no client.
#[test]
fn the_documented_plugin_runs() {
    let page = fs::read_to_string(repository("docs/process.md")).unwrap();
    let code = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let place = Place::with_echo(&[]);
    place.script("shout", "tools: [{ name: shout, description: Shouts, input: { type: object } }]", code);
    let host = Running::start(&place);
    assert_eq!(host.tool("shout", &json!({ "text": "hi" })), Ok(json!("HI")));
    host.stop();
}

#[test]
fn a_plugin_in_python_has_the_whole_host() {
    let place = Place::with_plugins(&[]);
    place.python(
        "desk",
        "agent: true\nhooks: [{ on: message.sending, mode: modify }]\nroutes: [{ path: /health }]\npermissions: { storage: 1MiB, channel: { console: [send] } }\ntools: [{ name: attempt, description: Tries, input: { type: object } }]",
        "
@plugin.agent
def agent(turn, wa):
    text = turn['message']['text']
    if text == 'twice':
        wa.channel.send_text('me', 'one')
    return {'text': text}

@plugin.hook('message.sending')
def sending(draft, wa):
    if 'secret' in draft['text']:
        return block('it is one')
    return {**draft, 'text': draft['text'].upper()}

@plugin.route('GET', '/health')
def health(request, wa):
    return {'json': {'ok': True}}

@plugin.tool('attempt')
def attempt(input, wa):
    wa.log.info('begun', input=input)
    wa.storage.set('key', {'none': None})
    wa.files.write('by/host.txt', 'through the host')
    (wa.data / 'by' / 'itself.txt').write_text('by itself')
    refused = ''
    try:
        wa.fetch('https://example.org')
    except HostError as error:
        refused = error.code
    return {
        'storage': [wa.storage.get('key'), wa.storage.get('other'), wa.storage.list()['keys']],
        'files': [file['path'] for file in wa.files.list()],
        'read': [(wa.data / 'by' / 'host.txt').read_text(), wa.files.read('by/itself.txt').decode()],
        'refused': refused,
        'config': wa.config,
    }
",
    );
    let mut host = Running::start(&place);
    let expected = json!({
        "storage": [{ "none": null }, null, ["key"]],
        "files": ["by/host.txt", "by/itself.txt"],
        "read": ["through the host", "by itself"],
        "refused": "denied",
        "config": {},
    });
    assert_eq!(attempt(&host, &json!({ "a": 1 })), Ok(expected));
    let logged = host.event(|event| event["message"] == "begun");
    assert_eq!(logged["plugin"], "desk", "{logged}");
    let mut console = host.console();
    console.say("me", "twice");
    assert_eq!([console.hear_text(), console.hear_text()], ["ONE", "TWICE"]);
    assert_eq!(
        host.http(
            "GET",
            "/plugins/desk/health",
            &[("authorization", &format!("Bearer {}", host.token()))],
            b""
        )
        .status,
        200
    );
    let stopped = place.wa(["send", "--to", "me", "a secret"]).exits(1);
    assert!(stopped.stderr().contains("it is one"), "{stopped}");
    host.stop();
}

#[test]
fn calls_run_side_by_side() {
    let place = Place::with_echo(&[]);
    place.python(
        "py",
        TOOL,
        "
meeting = threading.Barrier(8)

@plugin.tool('attempt')
def attempt(input, wa):
    # Nobody passes before all are there.
    return meeting.wait() >= 0",
    );
    let host = Running::start(&place);
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| place.wa(["tools", "call", "attempt"]))).collect();
        for call in calls {
            assert_eq!(call.join().unwrap().succeeds().json(), json!(true));
        }
    });
    host.stop();
}

/// What the author of a command gets to see of its failures, with the places in the author's files.
#[test]
fn a_command_that_fails_is_shown_to_its_author_in_its_own_words() {
    let place = Place::with_project();
    let scenario = "steps: [{ name: a, tool: attempt }]";
    let shows = |code: &str, words: &[&str]| {
        place.script("py", TOOL, code);
        place.write("plugins/py/tests/a.yaml", scenario);
        let client = fs::read(repository("sdk/python/wa_plugin.py")).unwrap();
        place.write("plugins/py/wa_plugin.py", client);
        let failed = place.wa(["plugins", "test", "plugins/py"]).exits(1);
        for word in words {
            assert!(failed.stdout().contains(word), "{word}: {failed}");
        }
    };
    shows(
        "deff main():",
        &["the plugin's process failed", "\n          File \"main.py\", line 1\n", "SyntaxError"],
    );
    shows(
        "from wa_plugin import Plugin\nplugin = Plugin()\n@plugin.tool('attempt')\ndef attempt(input, wa):\n    return 1 / 0\nplugin.run()",
        &["thrown for tool attempt: ZeroDivisionError", "\n        File \"main.py\", line 5, in attempt\n"],
    );
}
