use super::{Contract, Part};
use crate::manifest::CapabilityKind;
use serde_json::{Value, json};

const STREAMING: [CapabilityKind; 5] = [
    CapabilityKind::TextInference,
    CapabilityKind::CliBackend,
    CapabilityKind::Speech,
    CapabilityKind::RealtimeTranscription,
    CapabilityKind::RealtimeVoice,
];

#[test]
fn every_kind_has_a_contract_that_compiles() {
    for (kind, contract) in CapabilityKind::ALL.into_iter().zip(Contract::all()) {
        assert_eq!((contract.kind, Contract::of(kind).kind), (kind, kind));
        assert_eq!(kind.name().parse(), Ok(kind));
        assert!(contract.compiled().is_ok(), "{kind}: {:?}", contract.compiled());
        assert_eq!(contract.streams(), STREAMING.contains(&kind), "{kind}");
        for code in ["invalid_request", "unsupported", "rate_limited", "unavailable", "timeout", "failed"] {
            let error = json!({ "code": code, "message": "why" });
            assert_eq!(contract.check(Part::Error, &error), Ok(()), "{kind} {code}");
            assert!(contract.codes().iter().any(|known| known == code), "{kind} {code}");
        }
        assert!(contract.check(Part::Error, &json!({ "code": "oops", "message": "why" })).is_err());
        let text: Value = serde_json::from_str(contract.text).unwrap();
        assert!(text["$id"].as_str().unwrap().ends_with(&format!("/{kind}.v1.json")));
    }
}

#[test]
fn everything_that_people_write_is_described() {
    fn walk(schema: &Value, place: &str) {
        let Value::Object(map) = schema else { return };
        for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let told = property
                .get("description")
                .or_else(|| property.get("$ref"))
                .or_else(|| property.get("const"));
            assert!(told.is_some(), "{place}/{name} is not described");
        }
        for (name, inner) in map {
            walk(inner, &format!("{place}/{name}"));
            for (index, item) in inner.as_array().into_iter().flatten().enumerate() {
                walk(item, &format!("{place}/{name}/{index}"));
            }
        }
    }
    for contract in Contract::all() {
        walk(&serde_json::from_str(contract.text).unwrap(), contract.kind.name());
    }
}

#[test]
fn parts_are_checked() {
    let contract = Contract::of(CapabilityKind::TextInference);
    let call = json!({ "id": "1", "name": "order_lookup", "input": { "number": "7" } });
    let request = json!({
        "messages": [
            { "role": "system", "text": "be brief" },
            { "role": "user", "text": "where is 7?" },
            { "role": "assistant", "text": "", "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "1", "text": "{}" },
        ],
        "tools": [{ "name": "order_lookup", "input": { "type": "object" } }],
    });
    assert_eq!(contract.check(Part::Request, &request), Ok(()));
    for wrong in [
        json!({}),
        json!({ "messages": [] }),
        json!({ "messages": [{ "role": "tool", "text": "no id" }] }),
        json!({ "messages": [{ "role": "user", "text": "hi" }], "temprature": 1 }),
    ] {
        assert!(contract.check(Part::Request, &wrong).is_err(), "{wrong}");
    }
    assert_eq!(contract.check(Part::Response, &json!({ "text": "", "finish_reason": "stop" })), Ok(()));
    assert!(contract.check(Part::Response, &json!({ "text": "hi" })).is_err());
    assert_eq!(contract.check(Part::Chunk, &json!({ "text": "h" })), Ok(()));
    assert_eq!(contract.check(Part::Chunk, &json!({ "tool_call": call })), Ok(()));
    assert!(contract.check(Part::Chunk, &json!({ "text": "h", "tool_call": call })).is_err());
    let picture = Contract::of(CapabilityKind::ImageGeneration);
    assert!(picture.check(Part::Chunk, &json!({})).is_err());
    let image = |image: Value| picture.check(Part::Response, &json!({ "images": [image] }));
    assert_eq!(image(json!({ "mime": "image/png", "base64": "aGk=" })), Ok(()));
    assert!(image(json!({ "mime": "image/png" })).is_err());
    assert!(image(json!({ "mime": "image/png", "base64": "aGk=", "url": "https://example.com" })).is_err());
}

#[test]
fn the_cases_of_a_kind_are_about_its_contract() {
    for contract in Contract::all() {
        let cases = super::cases(contract.kind);
        let answered = cases.iter().filter(|case| case.errors.is_empty() && case.at_once == 1).count();
        let refused = |case: &super::Case| case.errors == ["invalid_request"];
        assert!(answered >= 2, "{}: several valid requests", contract.kind);
        assert!(cases.iter().any(refused), "{}: an invalid request", contract.kind);
        assert!(cases.iter().any(|case| case.at_once > 1), "{}: several at once", contract.kind);
        assert_eq!(cases.iter().any(|case| case.stream.is_some()), contract.streams(), "{}", contract.kind);
        for case in &cases {
            let known = |code: &String| contract.codes().contains(code);
            assert!(case.errors.iter().chain(&case.allow).all(known), "{}: {}", contract.kind, case.name);
            for request in &case.requests {
                let request = request.to_string().replace("$origin", "https://example.com");
                let fits = contract.check(Part::Request, &serde_json::from_str(&request).unwrap());
                assert_eq!(fits.is_ok(), !refused(case), "{}: {}: {fits:?}", contract.kind, case.name);
            }
        }
    }
}

#[test]
fn a_part_can_be_published_by_itself() {
    let request = Contract::of(CapabilityKind::Speech).schema(Part::Request).unwrap();
    assert!(crate::schema::CompiledSchema::compile(&request).is_ok());
    assert_eq!(Contract::of(CapabilityKind::WebFetch).schema(Part::Chunk), None);
}
