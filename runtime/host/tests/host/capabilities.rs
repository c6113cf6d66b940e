//! Who is asked for a capability, and what becomes of the answer.

use crate::{
    rig::{PROJECT, Rig, plugin, quick},
    trial,
};
use libtest_mimic::Trial;
use manifest_schema::manifest::CapabilityKind;
use registry_index::load::Installed;
use runtime_host::client::{CapabilityFailure, CapabilityRequest, CapabilityResponse};
use serde_json::{Value, json};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("capabilities::the_only_provider_answers", the_only_provider_answers),
        trial("capabilities::several_providers_need_an_order", several_providers_need_an_order),
        trial("capabilities::the_next_one_is_asked_where_one_is_out_of_order", the_next_one_is_asked),
        trial("capabilities::an_answer_that_breaks_the_contract_is_none", a_broken_contract_is_no_answer),
        trial("capabilities::chunks_come_in_order_and_before_the_answer", chunks_come_in_order),
        trial("capabilities::chunks_have_their_place_and_their_form", chunks_have_their_place),
        trial("capabilities::half_an_answer_is_not_begun_anew", half_an_answer_is_not_begun_anew),
        trial("capabilities::a_plugin_asks_what_its_permissions_name", a_plugin_asks_what_it_may),
        trial("capabilities::nobody_asks_itself", nobody_asks_itself),
    ]
}

/// A plugin with the capability `textInference/ID`.
pub(crate) fn model(id: &str, body: &str) -> Installed {
    plugin(
        id,
        &format!("capabilities: {{ textInference: [{{ id: {id} }}] }}"),
        &format!(
            "export default definePlugin({{ capabilities: {{ 'textInference/{id}': async (request, wa) => {{ {body} }} }} }});"
        ),
    )
}

fn says(text: &str) -> String {
    format!("return {{ text: '{text}', finish_reason: 'stop' }};")
}

fn fails(code: &str) -> String {
    format!("throw Object.assign(new Error('sorry'), {{ code: '{code}' }});")
}

fn hello() -> Value {
    json!({ "messages": [{ "role": "user", "text": "hello" }] })
}

async fn ask(rig: &Rig, id: Option<&str>, request: Value) -> Result<CapabilityResponse, String> {
    let id = id.map(str::to_owned);
    let request = CapabilityRequest { kind: CapabilityKind::TextInference, id, request };
    let answer = rig.client(move |client| client.call_capability(&request)).await;
    answer.unwrap().map_err(|error| error.to_string())
}

/// The chunks that came, and the answer or its error.
async fn stream(rig: &Rig) -> (Vec<Value>, Result<Value, CapabilityFailure>) {
    let request = CapabilityRequest { kind: CapabilityKind::TextInference, id: None, request: hello() };
    rig.client(move |client| {
        let mut chunks = Vec::new();
        let outcome = client.stream_capability(&request, Some(&mut |chunk| chunks.push(chunk))).unwrap();
        (chunks, outcome.map(|answer| answer.response))
    })
    .await
}

/// The texts of the answers, or why there are none.
async fn text(rig: &Rig) -> Result<String, String> {
    ask(rig, None, hello()).await.map(|answer| answer.response["text"].as_str().unwrap().to_owned())
}

async fn the_only_provider_answers() {
    let body = "return { text: `you said ${request.messages[0].text}`, finish_reason: 'stop' };";
    let rig = Rig::new(vec![model("llama", body)]).await;
    let answer = ask(&rig, None, hello()).await.unwrap();
    assert_eq!((answer.provider.as_str(), answer.plugin.as_str()), ("llama", "llama"));
    assert_eq!(answer.response, json!({ "text": "you said hello", "finish_reason": "stop" }));
    let refusal = ask(&rig, Some("lama"), hello()).await.unwrap_err();
    assert_eq!(refusal, "no plugin has the capability textInference/lama; there are: llama");
    let refusal = ask(&rig, None, json!({ "messages": "hello" })).await.unwrap_err();
    assert!(refusal.contains("does not fit the contract of `textInference`: /messages"), "{refusal}");
    rig.host.stop().await;
    let rig = Rig::new(vec![]).await;
    assert!(text(&rig).await.unwrap_err().contains("no plugin offers `textInference`"));
    rig.host.stop().await;
}

async fn several_providers_need_an_order() {
    let plugins = || vec![model("aa", &says("from aa")), model("bb", &says("from bb"))];
    let rig = Rig::new(plugins()).await;
    let refusal = text(&rig).await.unwrap_err();
    assert!(refusal.contains("`aa` of plugin `aa`, `bb` of plugin `bb`"), "{refusal}");
    assert!(refusal.contains("`capabilities: { textInference: [aa, bb] }`"), "{refusal}");
    assert_eq!(ask(&rig, Some("bb"), hello()).await.unwrap().response["text"], "from bb");
    rig.host.stop().await;
    let project = format!("{PROJECT}capabilities: {{ textInference: [gone, bb, aa] }}\n");
    let rig = Rig::with(&project, plugins(), quick()).await;
    assert_eq!(text(&rig).await.unwrap(), "from bb");
    let listed = rig.client(|client| client.capabilities()).await.unwrap();
    let order: Vec<(&str, Option<usize>)> = listed.iter().map(|one| (one.id.as_str(), one.place)).collect();
    assert_eq!(order, [("bb", Some(2)), ("aa", Some(3))]);
    rig.host.stop().await;
}

async fn the_next_one_is_asked() {
    let project = format!("{PROJECT}capabilities: {{ textInference: [first, spare] }}\n");
    let outcome = async |body: &str| {
        let plugins = vec![model("first", body), model("spare", &says("from spare"))];
        let rig = Rig::with(&project, plugins, quick()).await;
        let answer = text(&rig).await;
        rig.host.stop().await;
        answer
    };
    for body in [
        fails("rate_limited"),
        fails("unavailable"),
        fails("unsupported"),
        fails("no_such_code"),
        "for (;;);".to_owned(),
        "await new Promise(() => {});".to_owned(),
        "return { words: 'no' };".to_owned(),
    ] {
        assert_eq!(outcome(&body).await.as_deref(), Ok("from spare"), "{body}");
    }
    for code in ["invalid_request", "content_refused"] {
        let refusal = outcome(&fails(code)).await.unwrap_err();
        assert_eq!(refusal, format!("`first` of plugin `first` says {code}: sorry"));
    }
}

async fn a_broken_contract_is_no_answer() {
    let rig = Rig::new(vec![model("llama", "return { text: 7, finish_reason: 'tired' };")]).await;
    let refusal = text(&rig).await.unwrap_err();
    assert!(refusal.contains("`llama` of plugin `llama` broke the contract: its response"), "{refusal}");
    assert!(refusal.contains("/text") && refusal.contains("/finish_reason"), "{refusal}");
    rig.host.stop().await;
    let rig = Rig::new(vec![model("llama", &fails("rate_limited"))]).await;
    assert_eq!(text(&rig).await.unwrap_err(), "`llama` of plugin `llama` says rate_limited: sorry");
    rig.host.stop().await;
}

/// Emits `hel` and `lo` where chunks are wanted; the response has the whole.
const HELLO: &str = "if (request.stream) { await wa.emit({ text: 'hel' }); await wa.emit({ text: 'lo' }); }
    return { text: 'hello', finish_reason: 'stop' };";

async fn chunks_come_in_order() {
    let rig = Rig::new(vec![model("llama", HELLO)]).await;
    let (chunks, answer) = stream(&rig).await;
    assert_eq!(chunks, [json!({ "text": "hel" }), json!({ "text": "lo" })]);
    assert_eq!(answer.unwrap()["text"], "hello");
    // Who does not listen is told so, and gets the whole.
    assert_eq!(text(&rig).await.unwrap(), "hello");
    rig.host.stop().await;
    // Without waiting, more than the queue holds: what was taken is in order, and the rest is refused with a word that helps.
    let body = "const sent = [...Array(2000).keys()].map((n) => wa.emit({ text: `${n}` }).catch((error) => `${error.code}: ${error.message}`));
        const refused = (await Promise.all(sent)).filter((one) => one !== null && one !== undefined);
        return { text: `${refused.length > 0 && refused.every((one) => one.startsWith('limit:'))}`, finish_reason: 'stop' };";
    let rig = Rig::new(vec![model("flood", body)]).await;
    let (chunks, answer) = stream(&rig).await;
    let numbers: Vec<u32> = chunks.iter().map(|one| one["text"].as_str().unwrap().parse().unwrap()).collect();
    assert!(!numbers.is_empty() && numbers.is_sorted(), "{numbers:?}");
    assert_eq!(answer.unwrap()["text"], "true");
    rig.host.stop().await;
}

async fn chunks_have_their_place() {
    let body = "await wa.emit({ words: 'no' }).catch(() => {}); return { text: '', finish_reason: 'stop' };";
    let rig = Rig::new(vec![model("llama", body)]).await;
    let (chunks, answer) = stream(&rig).await;
    let failure = answer.unwrap_err();
    assert_eq!((chunks, failure.code.as_str()), (vec![], "invalid_response"));
    assert!(failure.message.contains("its chunk does not fit"), "{failure}");
    rig.host.stop().await;
    // Not in a tool, and not in a capability whose kind does not stream.
    let code = "const tried = async (wa) => { try { await wa.emit({ text: 'x' }); return 'sent'; } catch (error) { return error.code; } };
        export default definePlugin({
            tools: { try_it: (_, wa) => tried(wa) },
            capabilities: { 'webSearch/none': async (_, wa) => ({ results: [{ title: await tried(wa), url: 'https://example.com' }] }) },
        });";
    let head = "tools: [{ name: try_it, description: Test, input: { type: object } }]
capabilities: { webSearch: [{ id: none }] }";
    let rig = Rig::new(vec![plugin("tried", head, code)]).await;
    let tool = rig.client(|client| client.call_tool("try_it", &json!({}))).await.unwrap();
    assert_eq!(tool.get(), "\"denied\"");
    let request =
        CapabilityRequest { kind: CapabilityKind::WebSearch, id: None, request: json!({ "query": "x" }) };
    let found = rig.client(move |client| client.call_capability(&request)).await.unwrap().unwrap();
    assert_eq!(found.response["results"][0]["title"], "denied");
    rig.host.stop().await;
}

async fn half_an_answer_is_not_begun_anew() {
    let project = format!("{PROJECT}capabilities: {{ textInference: [first, spare] }}\n");
    let body = format!("await wa.emit({{ text: 'half' }}); {}", fails("unavailable"));
    let rig = Rig::with(&project, vec![model("first", &body), model("spare", &says("whole"))], quick()).await;
    let (chunks, answer) = stream(&rig).await;
    assert_eq!(chunks, [json!({ "text": "half" })]);
    assert_eq!(answer.unwrap_err().code, "unavailable");
    // Nobody has heard the half here.
    assert_eq!(text(&rig).await.unwrap(), "whole");
    rig.host.stop().await;
}

/// A plugin whose tool `ask` asks for a text.
fn asker(permissions: &str) -> Installed {
    let head = format!(
        "permissions: {permissions}\ntools: [{{ name: ask, description: Test, input: {{ type: object }} }}]"
    );
    let code = "export default definePlugin({ tools: { ask: async ({ kind, request }, wa) => {
        try { return await wa.capability(kind, request); } catch (error) { return `${error.code}: ${error.message}`; }
    } } });";
    plugin("asker", &head, code)
}

async fn ask_as_plugin(rig: &Rig, kind: &str, request: Value) -> Value {
    let input = json!({ "kind": kind, "request": request });
    let answer = rig.client(move |client| client.call_tool("ask", &input)).await.unwrap();
    serde_json::from_str(answer.get()).unwrap()
}

async fn a_plugin_asks_what_it_may() {
    let rig = Rig::new(vec![asker("{ capabilities: [textInference] }"), model("llama", &says("hi"))]).await;
    assert_eq!(ask_as_plugin(&rig, "textInference", hello()).await["text"], "hi");
    let refused = ask_as_plugin(&rig, "textInference", json!({})).await;
    assert!(refused.as_str().unwrap().starts_with("invalid_params: the request does not fit"), "{refused}");
    let refused = ask_as_plugin(&rig, "speech", json!({ "text": "hi" })).await;
    let why = "denied: the plugin may not call `speech`; `permissions.capabilities: [speech]` in its manifest, granted at install, would allow it";
    assert_eq!(refused, why);
    let refused = ask_as_plugin(&rig, "channel", json!({})).await;
    assert!(refused.as_str().unwrap().starts_with("denied"), "{refused}");
    rig.host.stop().await;
    let failing = vec![asker("{ capabilities: [textInference] }"), model("llama", &fails("rate_limited"))];
    let rig = Rig::new(failing).await;
    let refused = ask_as_plugin(&rig, "textInference", hello()).await;
    assert_eq!(refused, "limit: `llama` of plugin `llama` says rate_limited: sorry");
    rig.host.stop().await;
}

async fn nobody_asks_itself() {
    let echo = |id: &str| {
        plugin(
            id,
            &format!("permissions: {{ capabilities: [textInference] }}\ncapabilities: {{ textInference: [{{ id: {id} }}] }}"),
            &format!(
                "export default definePlugin({{ capabilities: {{ 'textInference/{id}': async ({{ stream, ...request }}, wa) => {{
                    try {{ return await wa.capability('textInference', request); }}
                    catch (error) {{ return {{ text: `${{error.code}}: ${{error.message}}`, finish_reason: 'stop' }}; }}
                }} }} }});"
            ),
        )
    };
    let rig = Rig::new(vec![echo("one")]).await;
    let why = "denied: textInference/one is being called already, and may not call itself";
    assert_eq!(text(&rig).await.unwrap(), why);
    rig.host.stop().await;
    // Two who ask each other end there, too; with an order, the one who asks is passed over.
    let project = format!("{PROJECT}capabilities: {{ textInference: [one, two] }}\n");
    let rig = Rig::with(&project, vec![echo("one"), echo("two")], quick()).await;
    assert_eq!(text(&rig).await.unwrap(), why);
    rig.host.stop().await;
}
