use super::*;
use crate::change;
use crate::fixture::{Fixture, in_person, key, yes};
use crate::install::Context;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A disk that dies after so many steps.
fn dying(steps: usize) -> Disk {
    let disk = Disk::default();
    disk.steps_left.set(Some(steps));
    disk
}

/// Lets `act` die at every step, recovers, and expects the old state or the new one. Some deaths are followed by
/// another one during the recovery.
fn dies_everywhere(old: &Fixture, act: impl Fn(&Fixture, &Disk) -> bool) {
    let new = old.copy();
    assert!(act(&new, &Disk::default()));
    let (old_state, new_state) = (old.snapshot(), new.snapshot());
    assert_ne!(old_state, new_state);
    let (mut olds, mut news) = (0, 0);
    for steps in 0.. {
        let fixture = old.copy();
        if act(&fixture, &dying(steps)) {
            break;
        }
        if steps % 3 == 0 {
            let _ = settle(&dying(steps / 3), &fixture.layout, &mut fixture.trust());
        }
        fixture.recover();
        match fixture.snapshot() {
            state if state == old_state => olds += 1,
            state if state == new_state => news += 1,
            state => panic!(
                "neither old nor new after {steps} steps: {}",
                difference(&state, &old_state, &new_state)
            ),
        }
    }
    assert!(olds > 3 && news > 3, "{olds} old, {news} new");
}

type State = BTreeMap<PathBuf, Vec<u8>>;

fn difference(state: &State, old: &State, new: &State) -> String {
    let unlike = |other: &State| -> Vec<String> {
        let paths = state.keys().chain(other.keys()).filter(|path| state.get(*path) != other.get(*path));
        paths.map(|path| path.display().to_string()).collect()
    };
    format!("unlike old: {:?}, unlike new: {:?}", unlike(old), unlike(new))
}

#[test]
fn a_death_during_an_update_leaves_old_or_new() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    fixture.install(&fixture.archive("1.0.0", "{}", Some(&secret)), &in_person()).unwrap();
    let archive = fixture.archive("1.1.0", "{ llm: true }", Some(&secret));
    let name = archive.file_name().unwrap();
    dies_everywhere(&fixture, |fixture, disk| {
        let plan = fixture.plan(&fixture.layout.root().join(name)).unwrap();
        fixture.apply(disk, plan, &yes()).is_ok()
    });
}

#[test]
fn a_death_during_a_repair_leaves_old_or_new() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    let archive = fixture.archive("1.0.0", "{}", Some(&secret));
    let name = archive.file_name().unwrap();
    fixture.install(&archive, &in_person()).unwrap();
    let installed = fixture.load().remove(0);
    let crate::load::Origin::Package { path, .. } = installed.origin else { panic!("not a package") };
    fs::write(path.join("src/index.js"), "changed").unwrap();
    assert_eq!(fixture.states(), ["demo modified"]);
    dies_everywhere(&fixture, |fixture, disk| {
        let plan = fixture.plan(&fixture.layout.root().join(name)).unwrap();
        fixture.apply(disk, plan, &yes()).is_ok()
    });
}

#[test]
fn a_death_during_an_uninstallation_leaves_old_or_new() {
    let fixture = Fixture::new();
    fixture.install(&fixture.archive("1.0.0", "{}", Some(&key().0)), &in_person()).unwrap();
    let data = fixture.layout.plugin_data(&"demo".parse().unwrap());
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("storage.db"), "kept").unwrap();
    dies_everywhere(&fixture, |fixture, disk| uninstall(fixture, disk, false).is_ok());
}

/// The one exception: a key that was confirmed is pinned a moment before the installation is decided.
#[test]
fn a_death_during_a_first_installation_leaves_at_most_a_confirmed_key() {
    let base = Fixture::new();
    let archive = base.archive("1.0.0", "{}", Some(&key().0));
    let name = archive.file_name().unwrap();
    let before = base.snapshot();
    for steps in 0.. {
        let fixture = base.copy();
        let plan = fixture.plan(&fixture.layout.root().join(name)).unwrap();
        if fixture.apply(&dying(steps), plan, &in_person()).is_ok() {
            break;
        }
        fixture.recover();
        let installed = fixture.states();
        if installed.is_empty() {
            let mut state = fixture.snapshot();
            state.remove(Path::new("trust/trust.json"));
            state.remove(Path::new("trust/.trust.json.new"));
            assert_eq!(state, before, "{steps}");
            assert!(
                fixture.trust().highest_seq(&"acme".parse().unwrap(), &"demo".parse().unwrap()).is_none()
            );
        } else {
            assert_eq!(installed, ["demo trusted"], "{steps}");
        }
    }
}

fn uninstall(fixture: &Fixture, disk: &Disk, keep_data: bool) -> Result<(), change::ChangeError> {
    let (project, lock, trust, wa) =
        (fixture.project(), fixture.lock(), fixture.trust(), "0.1.0".parse().unwrap());
    let context = Context { layout: &fixture.layout, project: &project, lock: &lock, trust: &trust, wa: &wa };
    let plan = change::uninstall(&context, &"demo".parse().unwrap(), keep_data)?;
    plan.apply_on(disk, &fixture.layout, &mut fixture.trust(), &yes(), &mut || ())
}

#[test]
fn uninstalling_keeps_data_if_asked() {
    let fixture = Fixture::new();
    fixture.install(&fixture.archive("1.0.0", "{}", Some(&key().0)), &in_person()).unwrap();
    let data = fixture.layout.plugin_data(&"demo".parse().unwrap());
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("storage.db"), "kept").unwrap();
    uninstall(&fixture, &Disk::default(), true).unwrap();
    assert!(data.join("storage.db").exists());
    assert!(fixture.states().is_empty() && fixture.lock().plugins.is_empty());
    assert!(fixture.project().plugins.entries.is_empty());
    assert!(matches!(uninstall(&fixture, &Disk::default(), true), Err(change::ChangeError::NotInstalled(_))));
}

#[test]
fn enabling_changes_the_project_file_only() {
    let fixture = Fixture::new();
    fixture.install(&fixture.archive("1.0.0", "{}", Some(&key().0)), &in_person()).unwrap();
    let before = fixture.snapshot();
    for enabled in [false, true] {
        let (project, lock, trust, wa) =
            (fixture.project(), fixture.lock(), fixture.trust(), "0.1.0".parse().unwrap());
        let context =
            Context { layout: &fixture.layout, project: &project, lock: &lock, trust: &trust, wa: &wa };
        let plan = change::set_enabled(&context, &"demo".parse().unwrap(), enabled).unwrap();
        plan.apply(&fixture.layout, &mut fixture.trust(), &Default::default(), &mut || ()).unwrap();
        assert_eq!(fixture.project().plugins.entries["demo"].enabled, enabled);
        let mut after = fixture.snapshot();
        let file = Path::new("project/wa.yaml");
        after.insert(file.to_owned(), before[file].clone());
        assert_eq!(after, before);
    }
}

/// A project from a stranger may come with a record; it must reach nothing outside and make nobody trusted.
#[test]
fn a_record_cannot_name_paths() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.layout.state()).unwrap();
    let outside = fixture.dir.path().join("outside");
    fs::write(&outside, "precious").unwrap();
    for id in ["../../../outside", "/etc", "..", ""] {
        let record = serde_json::json!({
            "schema": 2, "changes": [{ "id": id, "entry": "remove", "lock": "remove", "remove": ["packages", "data"] }]
        });
        fs::write(fixture.layout.pending_file(), record.to_string()).unwrap();
        let result = recover(&fixture.layout, &mut fixture.trust(), &mut || ());
        assert!(matches!(result, Err(TransactionError::Pending { .. })), "{id}");
    }
    assert!(outside.exists());
}

#[test]
fn state_that_leads_elsewhere_is_refused() {
    let fixture = Fixture::new();
    let outside = fixture.dir.path().join("outside");
    fs::create_dir_all(outside.join("staging/precious")).unwrap();
    std::os::unix::fs::symlink(&outside, fixture.layout.state()).unwrap();
    assert!(recover(&fixture.layout, &mut fixture.trust(), &mut || ()).is_err());
    assert!(outside.join("staging/precious").exists());
}

#[test]
fn a_second_change_waits_and_says_so() {
    let fixture = Fixture::new();
    let held = ProjectLock::exclusive(&Disk::default(), &fixture.layout, &mut || ()).unwrap();
    let layout = fixture.layout.clone();
    let (said, hear) = std::sync::mpsc::channel();
    let other = std::thread::spawn(move || {
        let lock = ProjectLock::exclusive(&Disk::default(), &layout, &mut || said.send(()).unwrap());
        drop(lock.unwrap());
    });
    hear.recv().unwrap();
    assert!(!other.is_finished());
    drop(held);
    other.join().unwrap();
}
