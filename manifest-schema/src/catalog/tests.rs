use super::*;
use crate::finding::Report;
use crate::render::{Format, RenderOptions, render};
use crate::source::Syntax;
use crate::{manifest, project};

const PROJECT: &str = r#"schema: 1
agents:
  ana: { handler: echo, tools: { allow: [order_lokup, "order_*"] } }
  bob: { handler: orders }
plugins:
  allow: [orders, parcels, needy, careless, off]
  deny: [echo]
  entries:
    orders: { config: { retries: many, insecure: true } }
    off: { enabled: false }
    ordrs: {}
"#;

fn candidate(id: &str, rest: &str, path: &str, is_development: bool) -> Candidate {
    let config = if rest.contains("configSchema") { "" } else { "configSchema: {}\n" };
    let text = format!("schema: 1\nid: {id}\nversion: 1.0.0\n{config}{rest}");
    let (manifest, findings) = manifest::read(&Source::new("wa.plugin.yaml", &text, Syntax::Yaml));
    let manifest = manifest.unwrap_or_else(|| panic!("{findings:?}"));
    Candidate { manifest, path: path.into(), is_development }
}

fn catalog() -> (Project, Source, Catalog) {
    let source = Source::new("wa.yaml", PROJECT, Syntax::Yaml);
    let project = project::read(&source).0.unwrap();
    let code = "runtime: { kind: js, entry: index.js }\n";
    let lookup =
        format!("{code}tools: [{{ name: order_lookup, description: x, input: {{ type: object }} }}]\n");
    let strict = "configSchema:\n  type: object\n  required: [key]\n";
    let flags = "configSchema: { type: object, properties: { retries: { type: integer }, insecure: { type: boolean } } }\n\
                 configContracts: { dangerousFlags: [{ path: insecure, equals: true }] }\n";
    let catalog = Catalog::new(
        &project,
        [
            candidate("orders", &format!("{lookup}{flags}"), "store/orders", false),
            candidate("orders", &format!("{lookup}{flags}"), "plugins/orders", true),
            candidate("parcels", &format!("{lookup}kind: [memory]\n"), "store/parcels", false),
            candidate("echo", &format!("{code}agent: true\n"), "store/echo", false),
            candidate("needy", "requiresPlugins: [parcels, off, missing]\n", "store/needy", false),
            candidate("careless", strict, "store/careless", false),
            candidate("off", &lookup, "store/off", false),
            candidate("stray", &lookup, "store/stray", false),
        ],
    );
    (project, source, catalog)
}

#[test]
fn enablement_shadowing_and_reasons() {
    let (_, _, catalog) = catalog();
    let lines: Vec<String> = catalog
        .records()
        .map(|(id, record)| {
            let shadows = record.shadows.len();
            format!(
                "{id} at {}: {}, shadows {shadows}",
                record.plugin.path.display(),
                record.enablement.reason()
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn everything_that_does_not_agree_is_found() {
    let (project, source, catalog) = catalog();
    let findings = catalog.findings(&project, &source);
    let report = Report { findings, sources: vec![source] };
    insta::assert_snapshot!(render(&report, Format::Text, &RenderOptions::default()));
}

#[test]
fn what_only_follows_from_an_unusable_plugin_is_not_found() {
    let (project, source, catalog) = catalog();
    let unusable = ["ordrs", "missing", "orders"].map(|id| id.parse().unwrap());
    let catalog = catalog.with_unusable(unusable);
    let findings = catalog.findings(&project, &source);
    let of = |code: &'static str| findings.iter().filter(move |finding| finding.rule.code == code);
    assert_eq!(of("WA0312").count(), 0, "the entry of an unusable plugin is not stale");
    assert_eq!(of("WA0316").count(), 0, "an unusable plugin may have the tool");
    assert!(of("WA0315").any(|finding| finding.message.ends_with("`missing`, which is not usable")));
    assert_eq!(of("WA0314").count(), 2, "what is usable is still checked, `orders` too");
}

#[test]
fn shapes_and_signals() {
    let code = "runtime: { kind: js, entry: index.js }\n";
    for (rest, shape, signal) in [
        ("", Shape::ContentOnly, Signal::ConfigValid),
        (
            &*format!("{code}hooks: [{{ on: message.sending }}]\n"),
            Shape::HookOnly,
            Signal::CompatibilityAdvisory,
        ),
        (&*format!("{code}hooks: [{{ on: before_agent_start }}]\n"), Shape::HookOnly, Signal::LegacyWarning),
        (&*format!("{code}events: [message.received]\n"), Shape::NonCapability, Signal::ConfigValid),
        (
            &*format!("{code}capabilities: {{ speech: [{{ id: x }}] }}\n"),
            Shape::PlainCapability,
            Signal::ConfigValid,
        ),
        (
            &*format!("{code}capabilities: {{ speech: [{{ id: x }}], webSearch: [{{ id: x }}] }}\n"),
            Shape::HybridCapability,
            Signal::ConfigValid,
        ),
    ] {
        let manifest = candidate("some", rest, "x", false).manifest;
        assert_eq!((Shape::of(&manifest), Signal::of(&manifest, true)), (shape, signal), "{rest}");
        assert_eq!(Signal::of(&manifest, false), Signal::HardError);
    }
}
