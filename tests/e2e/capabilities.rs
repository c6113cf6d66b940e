//! Capabilities: the example of each kind passes the test of its contract, and `wa capability` asks whoever offers one.

mod channel;
mod services;
mod slots;

use std::fs;

use serde_json::{Value, json};
use services::Services;

use crate::support::{Place, Running, repository};

/// Every kind, with the origin that its example names where it needs a service.
const KINDS: [(&str, Option<&str>); 13] = [
    ("textInference", Some("http://127.0.0.1:11434")),
    ("cliBackend", Some("http://127.0.0.1:8930")),
    ("speech", None),
    ("realtimeTranscription", None),
    ("realtimeVoice", None),
    ("mediaUnderstanding", None),
    ("imageGeneration", None),
    ("musicGeneration", None),
    ("videoGeneration", None),
    ("webFetch", Some("http://127.0.0.1:8940")),
    ("webSearch", Some("http://127.0.0.1:8888")),
    ("channel", Some("http://127.0.0.1:8960")),
    ("gatewayDiscovery", Some("http://127.0.0.1:8950")),
];

/// Copies the example of a kind to `plugins/KIND`; its service is at `services`.
fn example(place: &Place, kind: &str, services: &Services) {
    let folder = repository("examples/capabilities").join(kind);
    let origin = KINDS.iter().find(|(name, _)| *name == kind).unwrap().1;
    place.copy(&folder, &format!("plugins/{kind}"));
    if let Some(origin) = origin {
        let manifest = format!("plugins/{kind}/wa.plugin.yaml");
        assert!(place.read(&manifest).contains(origin), "{kind}");
        place.write(&manifest, place.read(&manifest).replace(origin, &services.origin()));
    }
}

/// A project in which the examples of these kinds run.
fn running(kinds: &[&str], services: &Services) -> (Place, Running) {
    let place = Place::with_plugins(&[]);
    place.edit("wa.yaml", "handler: desk, ", "");
    place.configure(&format!("policy: {{ allowPrivateNetwork: ['{}'] }}", services.origin()));
    kinds.iter().for_each(|kind| example(&place, kind, services));
    let host = Running::start(&place);
    (place, host)
}

/// The answer to a request; `id` is the only provider.
fn call(place: &Place, kind: &str, request: &Value) -> Value {
    place.wa(["capability", "call", kind, &request.to_string()]).succeeds().json()
}

fn trials_of(kinds: &[&str]) {
    let (place, services) = (Place::empty(), Services::start());
    for kind in kinds {
        example(&place, kind, &services);
        let folder = format!("plugins/{kind}");
        let checked = place.wa(["plugins", "validate", &folder, "--severity", "warning"]);
        assert_eq!(checked.status(), Some(0), "{kind}: {}{}", checked.stdout(), checked.stderr());
        let tried = place.wa(["plugins", "test", "--contract", kind, &folder]);
        assert_eq!(tried.status(), Some(0), "{kind}: {}{}", tried.stdout(), tried.stderr());
        assert!(tried.stdout().lines().count() >= 5, "{kind}: {}", tried.stdout());
        assert!(!tried.stdout().contains("FAIL"), "{kind}: {}", tried.stdout());
    }
}

#[test]
fn examples_over_http_pass_the_tests_of_their_contracts() {
    trials_of(&["textInference", "cliBackend", "webFetch", "webSearch", "channel", "gatewayDiscovery"]);
}

#[test]
fn examples_of_sound_pass_the_tests_of_their_contracts() {
    trials_of(&["speech", "realtimeTranscription", "realtimeVoice", "mediaUnderstanding", "musicGeneration"]);
}

#[test]
fn examples_of_pictures_pass_the_tests_of_their_contracts() {
    trials_of(&["imageGeneration", "videoGeneration"]);
    let folder = repository("examples/capabilities");
    let folders = fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(folders.count(), KINDS.len(), "every example is tried");
}

#[test]
fn a_provider_that_breaks_its_contract_does_not_pass() {
    let place = Place::empty();
    let verdict = |handler: &str| {
        place.plugin_code(
            "bad",
            "runtime: { kind: js, entry: index.js, timeout: 1s }\ncapabilities: { textInference: [{ id: bad }] }",
            &format!("import {{ definePlugin }} from 'wa';\nexport default definePlugin({{ capabilities: {{ 'textInference/bad': async (request, wa) => {{ {handler} }} }} }});"),
        );
        let tried =
            place.wa(["plugins", "test", "--contract", "textInference", "plugins/bad", "--json"]).exits(1);
        let cases = tried.json()["cases"].as_array().unwrap().clone();
        let failed = cases.iter().filter(|case| case["ok"] == false);
        failed
            .map(|case| format!("{}: {}", case["case"].as_str().unwrap(), case["why"].as_str().unwrap()))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let good = "const answer = { text: 'hi', finish_reason: 'stop' };
        if (request.model) throw Object.assign(new Error('which?'), { code: 'unsupported' });";
    let wrong_type = verdict("return { text: 7, finish_reason: 'stop' };");
    assert!(
        wrong_type.contains("a greeting is answered: expected an answer, got the error invalid_response"),
        "{wrong_type}"
    );
    let no_chunks = verdict(&format!("{good} return answer;"));
    assert!(
        no_chunks.contains("the words come in chunks and as a whole: expected at least 1 chunks, got 0"),
        "{no_chunks}"
    );
    let half = verdict(&format!("{good} if (request.stream) await wa.emit({{ text: 'h' }}); return answer;"));
    assert!(half.contains("the chunks' `text` is \"h\""), "{half}");
    let any_model = verdict(
        "const answer = { text: 'hi', finish_reason: 'stop' }; if (request.stream) await wa.emit({ text: 'hi' }); return answer;",
    );
    assert!(any_model.contains("a model that does not exist is an error: expected an error"), "{any_model}");
    let no_code = verdict("throw new Error('which?');");
    assert!(no_code.contains("got failed"), "{no_code}");
    let silent = verdict(&format!(
        "{good} if (request.tools) await new Promise(() => {{}}); if (request.stream) await wa.emit(answer); return answer;"
    ));
    assert!(
        silent.contains("got the error timeout")
            && silent.contains("each call kept its deadline: the worker ended"),
        "{silent}"
    );
    let other = place.wa(["plugins", "test", "--contract", "speech", "plugins/bad"]).exits(1);
    assert!(other.stderr().contains("plugin `bad` offers no `speech`"), "{}", other.stderr());
}

#[test]
fn a_configuration_goes_with_the_test_of_a_contract() {
    let place = Place::empty();
    place.plugin_code(
        "found",
        "capabilities: { gatewayDiscovery: [{ id: found }] }\nconfigSchema: { type: object, required: [url], additionalProperties: false, properties: { url: { type: string } } }",
        "import { definePlugin } from 'wa';\nexport default definePlugin({ capabilities: { 'gatewayDiscovery/found': ({ service }, wa) => ({ gateways: service ? [] : [{ id: 'one', url: wa.config.url }] }) } });",
    );
    let tried = ["plugins", "test", "--contract", "gatewayDiscovery", "plugins/found"];
    let without = place.wa(tried);
    assert_eq!(without.status(), Some(1), "{}", without.stdout());
    place.write("config.yaml", "url: https://gateway.example.com\n");
    place.wa(tried.into_iter().chain(["--config", "config.yaml"])).succeeds();
}

#[test]
fn capabilities_are_listed_and_called() {
    let services = Services::start();
    let (place, host) =
        running(&["textInference", "speech", "mediaUnderstanding", "webFetch", "imageGeneration"], &services);
    let list = place.wa(["capability", "list", "--json"]).succeeds().json();
    let kinds: Vec<&str> =
        list["capabilities"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["textInference", "speech", "mediaUnderstanding", "imageGeneration", "webFetch"]);
    assert!(place.wa(["capability", "list"]).succeeds().stdout().contains("openai-compatible"));

    let hello = json!({ "messages": [{ "role": "user", "text": "hello" }] });
    let answer = call(&place, "textInference", &hello);
    let usage = json!({ "input_tokens": 3, "output_tokens": 5 });
    assert_eq!(
        answer,
        json!({ "text": "heard: hello", "finish_reason": "stop", "usage": usage, "model": "test-model" })
    );
    let read = place.wa_reading(["capability", "call", "textInference", "-"], &hello.to_string()).succeeds();
    assert_eq!(read.json(), answer);
    let streamed =
        place.wa(["capability", "call", "textInference", &hello.to_string(), "--stream"]).succeeds();
    let lines: Vec<Value> =
        streamed.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], json!({ "chunk": { "text": "heard: hello" } }));
    assert_eq!((&lines[1]["provider"], &lines[1]["response"]), (&json!("openai-compatible"), &answer));

    let page =
        call(&place, "webFetch", &json!({ "url": format!("{}/", services.origin()), "format": "markdown" }));
    assert_eq!((&page["title"], &page["status"]), (&json!("Weather & wind"), &json!(200)));
    assert_eq!(page["text"], "# Today\nSun, and a [light wind](https://example.com/wind).");
    // What one says, the other understands.
    let sound = call(&place, "speech", &json!({ "text": "Hello, world" }));
    let heard =
        call(&place, "mediaUnderstanding", &json!({ "mime": sound["mime"], "base64": sound["base64"] }));
    assert_eq!(heard, json!({ "text": "hello, world" }));

    let refused = place.wa(["capability", "call", "textInference", "{}"]).exits(1);
    assert!(
        refused.stderr().contains("does not fit the contract of `textInference`")
            && refused.stderr().contains("[invalid_request]"),
        "{}",
        refused.stderr()
    );
    let busy = json!({ "url": format!("{}/busy", services.origin()) }).to_string();
    let refused = place.wa(["capability", "call", "webFetch", &busy]).exits(1);
    assert!(refused.stderr().contains("[rate_limited]"), "{}", refused.stderr());
    let unknown = place.wa(["capability", "call", "speech", "--id", "nobody", r#"{"text": "hi"}"#]).exits(1);
    assert!(
        unknown.stderr().contains("no plugin has the capability speech/nobody; there are: telegraph"),
        "{}",
        unknown.stderr()
    );
    place.wa(["capability", "call", "speech", "{"]).exits(2);
    place.wa(["capability", "call", "telepathy"]).exits(2);
    host.stop();
}

#[test]
fn files_that_are_made_are_files() {
    let services = Services::start();
    let (place, host) =
        running(&["speech", "imageGeneration", "musicGeneration", "videoGeneration"], &services);
    let bytes = |file: &Value| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.decode(file["base64"].as_str().unwrap()).unwrap()
    };
    for sound in [
        call(&place, "speech", &json!({ "text": "sos" })),
        call(&place, "musicGeneration", &json!({ "prompt": "sos" })),
    ] {
        let wav = bytes(&sound);
        assert_eq!((&wav[..4], &wav[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
        let length = u32::from_le_bytes(wav[40..44].try_into().unwrap()) as usize;
        assert_eq!(length, wav.len() - 44);
    }
    let images = call(
        &place,
        "imageGeneration",
        &json!({ "prompt": "a boat", "count": 2, "width": 20, "height": 10 }),
    );
    for image in images["images"].as_array().unwrap() {
        let png = bytes(image);
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!((&png[16..20], &png[20..24]), (&20_u32.to_be_bytes()[..], &10_u32.to_be_bytes()[..]));
        assert_eq!(&png[png.len() - 12..], b"\0\0\0\0IEND\xaeB`\x82");
    }
    let video = call(
        &place,
        "videoGeneration",
        &json!({ "prompt": "a boat", "duration_ms": 500, "width": 8, "height": 8 }),
    );
    let frames = bytes(&video);
    assert!(frames.starts_with(b"YUV4MPEG2 W8 H8 F10:1"));
    let head = frames.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    assert_eq!(frames.len(), head + 5 * (6 + 8 * 8 * 3 / 2));
    host.stop();
}

#[test]
fn contracts_are_published() {
    let place = Place::empty();
    for (kind, _) in KINDS {
        let schema = place.wa(["schema", &format!("capability/{kind}")]).succeeds().json();
        assert!(schema["$defs"]["request"]["description"].is_string(), "{kind}");
    }
}
