//! `wa demo`: the main job, whole, from the built binary.

use insta::assert_snapshot;

use crate::support::Place;

#[test]
fn the_demo_tells_the_whole_story() {
    let place = Place::empty();
    let told = place.wa(["demo", "--keep", "kept"]).succeeds();
    let replies: Vec<&str> =
        told.stdout().lines().filter(|line| line.contains("rder") && !line.contains("-->")).collect();
    assert_snapshot!(replies.join("\n"));
    for words in [
        "did you mean `sideEffects`?",
        "5 passed, 0 failed",
        "Install order-desk 0.1.0 with these permissions? [y/N] y",
        "greedy wants to send the contacts away",
        "Made 20 of 20 checks: nothing wrong",
    ] {
        assert!((told.stdout().to_owned() + told.stderr()).contains(words), "{words:?} is not in\n{told}");
    }

    // What it keeps is a project that goes on working, and the user's own keys and trust were left alone.
    let mut again = place.command(["--project", "kept", "plugins", "inspect", "order-desk"]);
    assert!(again.env("XDG_CONFIG_HOME", place.path("kept/config")).output().unwrap().status.success());
    place.wa(["--project", "kept", "doctor"]).exits(1);
    assert!(!place.config().exists());
    place.wa(["demo", "--keep", "kept"]).exits(1);
}

#[test]
fn the_same_agent_answers_on_whatsapp() {
    let place = Place::empty();
    let told = place.wa(["demo", "--whatsapp", "--keep", "kept"]).succeeds();
    let said = told.stdout().to_owned() + told.stderr();
    assert!(said.contains("Ana's phone, from the shop: Order 1002 is on its way."), "{told}");
    let project = place.read("kept/wa.yaml");
    assert!(!project.contains("whatsapp"), "{project}");
}
