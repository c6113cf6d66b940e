//! `wa secrets` and what `wa doctor` says of secrets.

use std::os::unix::fs::PermissionsExt as _;

use super::{bearer, dotenv, manifest, place};
use crate::support::Place;

const GET: &str = "() => ({})";

fn with(config: &str, providers: &str) -> Place {
    let inputs = format!(
        "[{}, {{ path: hook, use: [{{ sign: hmac-sha256 }}] }}, {{ path: plain }}]",
        bearer("https://api.example.com")
    );
    let place = place("http://127.0.0.1:1", &manifest("https://api.example.com", &inputs, ""), GET, config);
    place.configure(providers);
    place
}

#[test]
fn check_and_list_tell_everything_but_values() {
    let place = with(
        "{ apiKey: '${API_KEY}', hook: { source: exec, provider: vault, id: hooks/main }, plain: hunter2222 }",
        "",
    );
    let resolver = place.path("resolver");
    place.write("resolver", "#!/bin/sh\ncat >/dev/null\necho '{\"protocolVersion\":1,\"values\":{\"hooks/main\":\"from-the-vault\"}}'\n");
    std::fs::set_permissions(&resolver, std::fs::Permissions::from_mode(0o755)).unwrap();
    place.configure(&format!(
        "secrets: {{ providers: {{ vault: {{ source: exec, command: '{}' }} }} }}",
        std::fs::canonicalize(&resolver).unwrap().display()
    ));
    let checked = place.wa(["secrets", "check"]).exits(1);
    let lines: Vec<&str> = checked.stdout().lines().collect();
    assert_eq!(lines.len(), 3, "{checked}");
    assert!(
        lines[0].contains("the variable API_KEY is set neither in the environment nor in .env"),
        "{checked}"
    );
    assert!(lines[1].contains("exec:vault:hooks/main") && lines[1].contains("--allow-exec"), "{checked}");
    assert!(lines[2].contains("written in wa.yaml") && lines[2].contains("plain text"), "{checked}");
    dotenv(&place, "API_KEY=k-4d5e6f7788\n");
    place.wa(["secrets", "check"]).succeeds();
    let all = place.wa(["secrets", "check", "--allow-exec", "--json"]).succeeds();
    let states: Vec<String> = all.json()["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["resolved", "resolved", "plain"]);
    let listed = place.wa(["secrets", "list"]).succeeds();
    insta::assert_snapshot!(listed.stdout().trim_end(), @r"
    caller       apiKey               env:default:API_KEY                  header Authorization for https://api.example.com
    caller       hook                 exec:vault:hooks/main                signs what the code gives (hmac-sha256)
    caller       plain                written in wa.yaml                   used by the host alone
    ");
    let json = place.wa(["secrets", "list", "--json"]).succeeds();
    assert_eq!(json.json()["secrets"][1]["use"], serde_json::json!([{ "sign": "hmac-sha256" }]));
    for said in [checked, all, listed, json] {
        let text = format!("{}{}", said.stdout(), said.stderr());
        for value in ["hunter", "k-4d5e", "from-the-vault"] {
            assert!(!text.contains(value), "{text}");
        }
    }
    place.edit("wa.yaml", "schema: 1", "schema: one");
    assert_ne!(place.wa(["secrets", "check"]).status(), Some(0));
}

#[test]
fn doctor_finds_what_is_wrong_with_secrets() {
    let place = with("{ apiKey: changeme, hook: '${HOOK}', plain: a8Kd2 }", "");
    dotenv(&place, "HOOK=k-4d5e6f7788\n");
    let seen = place.wa(["doctor", "--only", "secrets"]).succeeds();
    assert!(
        seen.stdout().contains("warning[WA0553]: the secret `apiKey` of `caller` is a placeholder"),
        "{seen}"
    );
    assert!(seen.stdout().contains("warning[WA0552]: the secret `plain` of `caller` is too short"), "{seen}");
    assert!(seen.stdout().contains("wa.yaml:4:"), "{seen}");
    place.edit("wa.yaml", "changeme", "k-9a8b7c6d5e");
    let seen = place.wa(["doctor", "--only", "secrets"]).succeeds();
    assert!(
        seen.stdout()
            .contains("warning[WA0550]: the secret `apiKey` of `caller` is written here in plain text"),
        "{seen}"
    );
    std::fs::set_permissions(place.path(".env"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let seen = place.wa(["doctor", "--only", "secrets,modes"]).exits(1);
    assert!(
        seen.stdout().contains("error[WA0551]: the secret `hook` of `caller` cannot be resolved"),
        "{seen}"
    );
    assert!(
        seen.stdout().contains("error[WA0520]: others can read the file of secrets (mode 644)"),
        "{seen}"
    );
    place.wa(["doctor", "--only", "secrets,modes", "--fix"]).succeeds();
    assert!(!format!("{seen}").contains("k-4d5e"), "{seen}");
}

#[test]
fn a_reference_where_no_secret_is_expected_is_an_error_in_its_place() {
    let place = with("{ apiKey: '${API_KEY}' }", "");
    place.edit("plugins/caller/wa.plugin.yaml", ", { path: plain }", "");
    place.edit(
        "wa.yaml",
        "apiKey: '${API_KEY}'",
        "plain: { source: env, id: PLAIN }, hook: { source: exec, id: ../x }",
    );
    let seen = place.wa(["doctor", "--only", "config"]).exits(1);
    assert!(seen.stdout().contains("a secret reference is not allowed here (env:default:PLAIN): `configContracts.secretInputs.paths` of the plugin does not name `plain`"), "{seen}");
    assert!(seen.stdout().contains("`../x` is not an id of the source `exec`"), "{seen}");
}
