use super::*;
use crate::findings;
use crate::fixture::{Fixture, in_person, key, yes};
use crate::install::Approval;
use manifest_schema::names::PluginId;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn installed() -> (Fixture, PathBuf) {
    let fixture = Fixture::new();
    fixture.install(&fixture.archive("1.0.0", "{}", Some(&key().0)), &in_person()).unwrap();
    let Origin::Package { path, .. } = fixture.load().remove(0).origin else { panic!("not a package") };
    (fixture, path)
}

/// What can be done to an installed package: by whom it is noticed, and what is said.
#[test]
fn every_change_of_an_installed_file_is_noticed_and_named() {
    type Attack = fn(&Path);
    let attacks: &[(&str, &str, Attack)] = &[
        ("a byte", "`src/index.js` has been changed", |dir| {
            let path = dir.join("src/index.js");
            let mut bytes = fs::read(&path).unwrap();
            bytes[0] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("a byte more", "`wa.plugin.yaml` has been changed", |dir| {
            let path = dir.join("wa.plugin.yaml");
            fs::write(&path, [&fs::read(&path).unwrap()[..], b"\n"].concat()).unwrap();
        }),
        ("the signature", "`wa.package.json.minisig` has been changed", |dir| {
            fs::write(dir.join("wa.package.json.minisig"), "x").unwrap();
        }),
        ("a missing file", "`src/index.js` is missing", |dir| {
            fs::remove_file(dir.join("src/index.js")).unwrap();
        }),
        ("no package", "`.` is missing", |dir| fs::remove_dir_all(dir).unwrap()),
        ("an extra file", "`src/more.js` does not belong to the package", |dir| {
            fs::write(dir.join("src/more.js"), "").unwrap();
        }),
        ("a hidden file", "`.hidden` does not belong to the package", |dir| {
            fs::write(dir.join(".hidden"), "").unwrap();
        }),
        ("an empty directory", "`lib` does not belong to the package", |dir| {
            fs::create_dir(dir.join("lib")).unwrap();
        }),
        ("a mode", "`src/index.js` has another mode than it was installed with", |dir| {
            fs::set_permissions(dir.join("src/index.js"), fs::Permissions::from_mode(0o755)).unwrap();
        }),
        ("a link in place of a file", "`src/index.js` is a link", |dir| {
            fs::rename(dir.join("src/index.js"), dir.with_extension("moved")).unwrap();
            symlink(dir.with_extension("moved"), dir.join("src/index.js")).unwrap();
        }),
        ("a link in place of a directory", "`src` is a link", |dir| {
            fs::rename(dir.join("src"), dir.with_extension("moved")).unwrap();
            symlink(dir.with_extension("moved"), dir.join("src")).unwrap();
        }),
        ("a link in place of the package", "`.` is a link", |dir| {
            fs::rename(dir, dir.with_extension("moved")).unwrap();
            symlink(dir.with_extension("moved"), dir).unwrap();
        }),
        ("a second name", "`src/index.js` is a link", |dir| {
            fs::hard_link(dir.join("src/index.js"), dir.with_extension("twin")).unwrap();
        }),
        ("a pipe", "`src/index.js` is not a regular file", |dir| {
            let path = dir.join("src/index.js");
            fs::remove_file(&path).unwrap();
            rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o644.into(), 0).unwrap();
        }),
        ("the list of files", "`../[package].tree.json` has been changed", |dir| {
            fs::write(store::tree_file(dir), "[]").unwrap();
        }),
        ("no list of files", "`../[package].tree.json` is missing", |dir| {
            fs::remove_file(store::tree_file(dir)).unwrap();
        }),
    ];
    for (what, said, attack) in attacks {
        let (fixture, dir) = installed();
        attack(&dir);
        let installed = fixture.load().remove(0);
        assert_eq!(installed.state(), "modified", "{what}");
        let refusal = installed.plugin.as_ref().unwrap_err().to_string();
        let name = dir.file_name().unwrap().to_string_lossy();
        assert_eq!(refusal.replace(&*name, "[package]"), *said, "{what}");
        // The same package once more repairs it.
        let archive = fixture.layout.root().join("demo-1.0.0.tgz");
        fixture.install(&archive, &yes()).unwrap();
        assert_eq!(fixture.states(), ["demo trusted"], "{what}");
    }
}

#[test]
fn a_changed_lock_is_noticed() {
    let (fixture, _) = installed();
    let text = fs::read_to_string(fixture.layout.lock_file()).unwrap();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        fs::write(fixture.layout.lock_file(), text.replacen(from, to, 1)).unwrap();
        fixture.states().remove(0)
    };
    assert_eq!(with("  demo:", "  other:"), "other missing");
    assert_eq!(with("version: \"1.0.0\"", "version: \"1.0.1\""), "demo missing");
    let tree = text.split("tree: \"sha256:").nth(1).unwrap();
    assert_eq!(with(&tree[8..64], &"0".repeat(56)), "demo modified");
    assert_eq!(with(&tree[..64], &"0".repeat(64)), "demo missing");
    let digest = text.split("digest: \"sha256:").nth(1).unwrap();
    assert_eq!(with(&digest[..64], &"0".repeat(64)), "demo invalid");
}

/// The lock is under version control, the store is not.
#[test]
fn a_fresh_clone_lacks_its_packages_until_they_are_installed() {
    let (fixture, _) = installed();
    fs::remove_dir_all(fixture.layout.state()).unwrap();
    assert_eq!(fixture.states(), ["demo missing"]);
    fixture.install(&fixture.layout.root().join("demo-1.0.0.tgz"), &yes()).unwrap();
    assert_eq!(fixture.states(), ["demo trusted"]);
}

#[test]
fn one_refused_plugin_does_not_keep_another_from_loading() {
    let (fixture, dir) = installed();
    fs::write(dir.join("src/index.js"), "x").unwrap();
    let plugins = fixture.layout.root().join("plugins");
    let author = fixture.plugin("1.0.0", "{}");
    fs::create_dir(&plugins).unwrap();
    fs::rename(author, plugins.join("mine")).unwrap();
    let manifest = plugins.join("mine/wa.plugin.yaml");
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap().replace("id: demo", "id: mine")).unwrap();
    let project = fs::read_to_string(fixture.layout.project_file()).unwrap();
    fs::write(
        fixture.layout.project_file(),
        project.replace("plugins:\n", "plugins:\n  paths: [./plugins]\n"),
    )
    .unwrap();
    assert_eq!(fixture.states(), ["demo modified", "mine unsigned-dev"]);
}

#[test]
fn a_directory_must_hold_the_plugin_that_it_is_named_for() {
    let fixture = Fixture::new();
    fixture.plugin("1.0.0", "{}");
    fs::write(
        fixture.layout.project_file(),
        "schema: 1\nplugins: { entries: { other: { source: ../author }, none: { source: ./none } } }\n",
    )
    .unwrap();
    let shown: Vec<_> = fixture
        .load()
        .iter()
        .map(|installed| format!("{}: {}", installed.id, installed.plugin.as_ref().unwrap_err()))
        .collect();
    assert_eq!(shown[1], "other: the id is `other` in `wa.yaml`, but `demo` in `the manifest`");
    assert!(shown[0].starts_with("none: cannot read"), "{}", shown[0]);
}

#[test]
fn what_is_said_of_a_set() {
    let (fixture, dir) = installed();
    fs::write(dir.join("src/index.js"), "x").unwrap();
    let said = |fixture: &Fixture| {
        let set = InstalledSet { plugins: fixture.load() };
        let report = findings::of_set(&fixture.layout, &fixture.project(), &fixture.lock(), &set);
        let line = |finding: &Finding| format!("{} {}", finding.rule.code, finding.message);
        report.findings.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(said(&fixture), ["WA0401 `demo` is refused: `src/index.js` has been changed"]);

    let entries =
        "plugins: { entries: { gone: { source: ./gone.tgz }, demo: { source: ./demo-2.0.0.tgz } } }";
    fs::write(fixture.layout.project_file(), format!("schema: 1\n{entries}\n")).unwrap();
    assert_eq!(
        said(&fixture)[1..],
        [
            "WA0422 `demo` is to come from `./demo-2.0.0.tgz`, but `./demo-1.0.0.tgz` is installed",
            "WA0420 `gone` is to come from `./gone.tgz`, but is not installed",
        ]
    );
    fs::write(fixture.layout.project_file(), "schema: 1\n").unwrap();
    assert_eq!(said(&fixture)[1..], ["WA0421 `demo` is installed, but wa.yaml does not name it"]);

    let unsigned = Fixture::new();
    let approval = Approval { allow_unsigned: true, ..yes() };
    unsigned.install(&unsigned.archive("1.0.0", "{}", None), &approval).unwrap();
    assert_eq!(said(&unsigned), ["WA0410 `demo` is installed without a signature"]);
}

#[test]
fn a_directory_without_a_readable_name_still_has_one_to_show() {
    for (path, id) in
        [("/x/my-plugin", "my-plugin"), ("/x/Ünsinn 2", "unreadable--nsinn-2"), ("/", "unreadable-")]
    {
        assert_eq!(id_of_directory(Path::new(path)), id.parse::<PluginId>().unwrap());
    }
}
