//! Who is asked for a capability, and what becomes of the answer.

use crate::{
    rig::{PROJECT, Rig, plugin, quick},
    trial,
};
use libtest_mimic::Trial;
use manifest_schema::manifest::CapabilityKind;
use registry_index::load::Installed;
use runtime_host::client::{CapabilityRequest, CapabilityResponse};
use serde_json::{Value, json};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("capabilities::the_only_provider_answers", the_only_provider_answers),
        trial("capabilities::several_providers_need_an_order", several_providers_need_an_order),
        trial("capabilities::the_next_one_is_asked_where_one_is_out_of_order", the_next_one_is_asked),
        trial("capabilities::an_answer_that_breaks_the_contract_is_none", a_broken_contract_is_no_answer),
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
    answer.map_err(|error| error.to_string())
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
