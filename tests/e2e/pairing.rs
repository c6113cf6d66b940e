//! Pairing, as a person or a script does it, with the `wa` that can pair with a simulator; and that no other can.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::support::whatsapp::{OWN, Simulator, simulated_pairing};
use crate::support::{Events, Place, Random, Running, http, processes};

const SESSION: &str = ".wa/agents/ana/whatsapp/default/.whatsapp-rs";

fn place() -> Place {
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "channel: console", "channel: whatsapp");
    place.configure("channels: { whatsapp: {} }");
    place
}

/// A pairing that runs.
struct Pairing {
    child: Child,
    events: Events,
}

impl Pairing {
    fn start(place: &Place, simulator: &Simulator, arguments: &[&str]) -> Self {
        Self::start_in(place, simulator, arguments, &[])
    }

    fn start_in(
        place: &Place,
        simulator: &Simulator,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let ours = place.command(["setup", "pair", "whatsapp", "--agent", "ana", "--json"]);
        let mut command = Command::new(simulated_pairing());
        command.args(ours.get_args()).current_dir(place.work()).env_clear();
        command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["--simulator", &simulator.address]).args(arguments).envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let events = Events::of(child.stdout.take().unwrap());
        Self { child, events }
    }

    fn qr(&mut self) -> String {
        self.events.named("qr")["code"].as_str().unwrap().to_owned()
    }

    fn ends(mut self, code: i32) {
        self.events.end();
        assert_eq!(self.child.wait().unwrap().code(), Some(code));
    }
}

fn scan(simulator: &mut Simulator, code: &str) {
    simulator.command(&json!({ "do": "scan", "account": OWN, "code": code }));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_scanned_code_pairs_and_the_account_works() {
    let place = place();
    let mut simulator = Simulator::start(&place, &[]);
    let mut pairing = Pairing::start(&place, &simulator, &[]);
    let code = pairing.qr();
    scan(&mut simulator, &code);
    pairing.events.named("linked");
    let paired = pairing.events.named("paired");
    assert_eq!(
        (&paired["account"], &paired["agent"]),
        (&json!("573000000001@s.whatsapp.net"), &json!("ana"))
    );
    pairing.ends(0);

    let session = place.path(SESSION);
    assert_eq!(mode(&session), 0o700);
    for file in fs::read_dir(&session).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    // The `wa` that people have goes on from there: a paired device needs no new look at the certificates.
    let mut host = Running::start_with(&place, &["--simulator", &simulator.address]);
    host.event(|event| event["state"] == "connected");
    simulator.write("hello");
    assert_eq!(simulator.heard()["text"], "echo: hello");
    host.stop();
}

#[test]
fn a_typed_code_pairs() {
    let place = place();
    let mut simulator = Simulator::start(&place, &[]);
    let mut pairing = Pairing::start(&place, &simulator, &["--phone", "+57 300 000-0001"]);
    let code = pairing.events.named("code")["code"].as_str().unwrap().to_owned();
    assert_eq!(code.len(), 8);
    simulator.command(&json!({ "do": "typeCode", "account": OWN, "code": code }));
    pairing.events.named("paired");
    pairing.ends(0);
    let credentials: serde_json::Value =
        serde_json::from_str(&place.read(&format!("{SESSION}/creds.json"))).unwrap();
    assert_eq!((&credentials["howPaired"], &credentials["schema"]), (&json!("code"), &json!(1)));
}

#[test]
fn a_pairing_that_comes_to_nothing_leaves_the_old_one() {
    let place = place();
    let mut simulator = Simulator::start(&place, &[]);
    let mut pairing = Pairing::start(&place, &simulator, &[]);
    let code = pairing.qr();
    scan(&mut simulator, &code);
    pairing.ends(0);
    let before = place.read(&format!("{SESSION}/creds.json"));

    // Without a word, paired is paired.
    Pairing::start(&place, &simulator, &[]).ends(1);
    // Nobody scans.
    let mut pairing = Pairing::start(&place, &simulator, &["--replace", "--timeout", "2"]);
    pairing.qr();
    assert_eq!(pairing.events.named("failed")["reason"], "nobody used a code in time");
    pairing.ends(4);
    // It is killed while it waits.
    let mut pairing = Pairing::start(&place, &simulator, &["--replace"]);
    let code = pairing.qr();
    pairing.child.kill().unwrap();
    pairing.child.wait().unwrap();
    assert_eq!(place.read(&format!("{SESSION}/creds.json")), before);
    let mut host = Running::start_with(&place, &["--simulator", &simulator.address]);
    host.event(|event| event["state"] == "connected");
    host.stop();

    // And one that works takes its place.
    let mut pairing = Pairing::start(&place, &simulator, &["--replace"]);
    let fresh = pairing.qr();
    assert_ne!(fresh, code);
    scan(&mut simulator, &fresh);
    pairing.ends(0);
    assert_ne!(place.read(&format!("{SESSION}/creds.json")), before);
    let left = fs::read_dir(place.path(".wa/agents/ana/whatsapp/default")).unwrap().count();
    assert_eq!(left, 1, "nothing of the pairings that failed is left");
}

#[test]
fn the_wa_that_people_have_pairs_with_whatsapp_only() {
    let place = place();
    let simulator = Simulator::start(&place, &[]);
    let pair = ["setup", "pair", "whatsapp", "--agent", "ana", "--timeout", "3", "--json", "--simulator"];
    let refused = place.wa(pair.iter().chain([&simulator.address.as_str()])).exits(2);
    assert!(refused.stderr().contains("WhatsApp cannot be reached"), "{refused}");
    assert!(!refused.stdout().contains("\"qr\""), "{refused}");
}

#[test]
fn wrong_names_are_told_with_the_right_ones() {
    let place = place();
    for (arguments, words) in [
        (&["--agent", "bob"][..], "there is no agent `bob`\nhint: the agents of wa.yaml: ana"),
        (
            &["--agent", "ana", "--instance", "sales"],
            "not bound to the WhatsApp account `sales`\nhint: it is bound to: default",
        ),
        (&["--agent", "ana", "--simulator", "web.whatsapp.com:1/2"], "it must be on this machine"),
        (&["--agent", "ana", "--phone", "12"], "write it as +573001112233"),
    ] {
        let refused = place.wa(["setup", "pair", "whatsapp"].iter().chain(arguments));
        assert_ne!(refused.status(), Some(0));
        assert!(refused.stderr().contains(words), "{refused}");
    }
    place.edit("wa.yaml", "channel: whatsapp", "channel: console");
    let refused = place.wa(["setup", "pair", "whatsapp", "--agent", "ana"]).exits(1);
    assert!(refused.stderr().contains("add `{ channel: whatsapp }` to agents.ana.bindings"), "{refused}");
}

#[test]
fn the_page_shows_the_code_to_the_first_browser_only() {
    let place = place();
    let mut simulator = Simulator::start(&place, &[]);
    let mut pairing = Pairing::start(&place, &simulator, &["--web", "--qr-png", "code.png"]);
    let page = pairing.events.named("page");
    assert_eq!(page["public"], false);
    let link = page["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    let code = pairing.qr();
    let (address, path) = link.split_at(link.find('/').unwrap());
    let get = |path: &str, cookie: &str| http::request(address, "GET", path, &[("cookie", cookie)], b"");
    assert_eq!(get("/", "").status, 404);
    assert_eq!(get("/AAAAAAAAAAAAAAAAAAAAAA", "").status, 404);
    let first = get(path, "");
    let picture = base64::engine::general_purpose::STANDARD.encode(fs::read(place.path("code.png")).unwrap());
    assert!(first.status == 200 && first.body.contains(&picture), "{first:?}");
    assert!(first.head.contains("content-security-policy: default-src 'none'"), "{}", first.head);
    let cookie = first.head.split("set-cookie: ").nth(1).unwrap().split(';').next().unwrap();
    assert_eq!(get(path, "").status, 403, "another browser");
    assert_eq!(get(path, "wa-pairing=x").status, 403);
    assert_eq!(get(path, cookie).status, 200);
    scan(&mut simulator, &code);
    pairing.events.named("paired");
    // It stays until the browser has seen how it ended.
    while !get(path, cookie).body.contains("+573000000001 is paired.") {}
    pairing.ends(0);
}

#[test]
fn the_page_can_be_reached_from_outside_where_the_operator_says_so() {
    let place = place();
    place.edit("wa.yaml", "whatsapp: {}", "whatsapp: { public_tunnel: { enabled: true } }");
    // What cloudflared says and does, as far as it matters here: there is no way to its network from a test.
    let tunnel = "#!/bin/sh\necho \"$@\" >arguments\necho $$ >pid\n\
        echo 'INF |  https://four-words-of-nothing.trycloudflare.com  |' >&2\nexec sleep 600\n";
    place.write("bin/cloudflared", tunnel);
    fs::set_permissions(place.path("bin/cloudflared"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut simulator = Simulator::start(&place, &[]);
    let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
    let mut pairing = Pairing::start_in(&place, &simulator, &["--timeout", "3"], &[("PATH", &path)]);
    let page = pairing.events.named("page");
    let link = page["url"].as_str().unwrap();
    assert!(link.starts_with("https://four-words-of-nothing.trycloudflare.com/"), "{link}");
    assert_eq!((&page["public"], link.len()), (&json!(true), 70));
    let pid: u32 = place.read("pid").trim().parse().unwrap();
    assert!(place.read("arguments").contains("--url http://127.0.0.1:"));
    pairing.ends(4);
    processes::wait_until_gone(&[pid]);

    // Where the operator wants it, the page is there for longer than the pairing.
    place.edit("wa.yaml", "enabled: true }", "enabled: true, only_until_paired: false }");
    let mut pairing = Pairing::start_in(&place, &simulator, &[], &[("PATH", &path)]);
    let code = pairing.qr();
    scan(&mut simulator, &code);
    pairing.events.named("paired");
    let tunnel: u32 = place.read("pid").trim().parse().unwrap();
    assert!(processes::is_alive(tunnel));
    let pid = Pid::from_raw(pairing.child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    pairing.ends(0);
    processes::wait_until_gone(&[tunnel]);
    fs::remove_dir_all(place.path(".wa/agents")).unwrap();

    let mut pairing = Pairing::start_in(&place, &simulator, &[], &[("PATH", "/nowhere")]);
    assert!(pairing.events.find(|_| true).is_none(), "without cloudflared nothing is begun");
    pairing.ends(2);
}

#[test]
fn a_pairing_that_is_killed_at_any_moment_leaves_a_session_that_works() {
    let place = place();
    let mut simulator = Simulator::start(&place, &[]);
    let mut pairing = Pairing::start(&place, &simulator, &[]);
    let code = pairing.qr();
    scan(&mut simulator, &code);
    pairing.ends(0);
    let mut random = Random::seeded();
    for _ in 0..12 {
        let mut pairing = Pairing::start(&place, &simulator, &["--replace"]);
        let code = pairing.qr();
        scan(&mut simulator, &code);
        std::thread::sleep(std::time::Duration::from_millis(random.within(0..60)));
        pairing.child.kill().unwrap();
        pairing.child.wait().unwrap();
        // The old session or the new one: whichever it is, it works.
        let mut host = Running::start_with(&place, &["--simulator", &simulator.address]);
        host.event(|event| event["state"] == "connected");
        simulator.write("are you there?");
        while simulator.heard()["text"] != "echo: are you there?" {}
        host.stop();
    }
}

#[test]
fn a_pairing_that_is_cancelled_leaves_the_old_one() {
    let place = place();
    let simulator = Simulator::start(&place, &[SESSION.trim_end_matches("/.whatsapp-rs")]);
    let before = place.read(&format!("{SESSION}/creds.json"));
    let mut pairing = Pairing::start(&place, &simulator, &["--replace"]);
    pairing.qr();
    let pid = Pid::from_raw(pairing.child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    assert_eq!(pairing.events.named("failed")["reason"], "pairing was refused: cancelled");
    pairing.ends(4);
    assert_eq!(place.read(&format!("{SESSION}/creds.json")), before);
}
