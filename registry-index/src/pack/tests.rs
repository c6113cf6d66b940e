use super::*;
use crate::archive::{Limits, unpack};
use crate::fixture::{Fixture, key};
use crate::sign::{SignError, signed as sign_bytes};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn packed(path: &Path) -> Packed {
    pack(path, &PackOptions::default()).unwrap()
}

#[test]
fn packing_twice_gives_the_same_bytes() {
    let fixture = Fixture::new();
    let first = packed(&fixture.plugin("1.0.0", "{}"));
    // Another place, other times, another order of creation, and what the environment leaves lying about.
    let other = Fixture::new();
    let path = other.plugin("1.0.0", "{}");
    let code = fs::read(path.join("src/index.js")).unwrap();
    fs::remove_file(path.join("src/index.js")).unwrap();
    fs::write(path.join("src/index.js"), code).unwrap();
    fs::set_permissions(path.join("src/index.js"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir_all(path.join("node_modules/dependency")).unwrap();
    fs::write(path.join("node_modules/dependency/index.js"), "x").unwrap();
    fs::write(path.join(".env"), "SECRET=1").unwrap();
    fs::write(path.join("demo-1.0.0.tgz"), &first.bytes).unwrap();
    fs::write(path.join("wa.package.json"), "{}").unwrap();
    let second = packed(&path);
    assert_eq!((first.file_name.as_str(), &first.bytes), ("demo-1.0.0.tgz", &second.bytes));
}

#[test]
fn a_package_has_everything_and_its_record() {
    let fixture = Fixture::new();
    let path = fixture.plugin("1.2.3", "{ llm: true }");
    fs::write(path.join("tool"), "#!").unwrap();
    fs::set_permissions(path.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    let long = format!("{}/deep.txt", ["long-directory-name"; 12].join("/"));
    fs::create_dir_all(path.join(&long).parent().unwrap()).unwrap();
    fs::write(path.join(&long), "deep").unwrap();
    let packed = packed(&path);
    let contents = unpack(&packed.bytes, &Limits::default()).unwrap();
    let paths: Vec<_> = contents.files.keys().map(super::super::package_path::PackagePath::as_str).collect();
    assert_eq!(paths, [&*long, "package.json", "src/index.js", "tool", "wa.package.json", "wa.plugin.yaml"]);
    assert!(contents.files["tool"].executable && !contents.files["src/index.js"].executable);
    assert_eq!(
        &**contents.get("package.json").unwrap(),
        b"{\n  \"name\": \"demo\",\n  \"version\": \"1.2.3\",\n  \"keywords\": [\"wa-plugin\"]\n}\n"
    );
    assert_eq!(PackageRecord::parse(contents.get(RECORD_FILE).unwrap()).unwrap(), packed.record);
    assert_eq!(packed.record.seq, 10_000_200_003);
    packed.record.check_files(&contents.tree()).unwrap();
}

#[test]
fn what_cannot_be_packed_says_why() {
    let refused = |change: &dyn Fn(&Path)| {
        let fixture = Fixture::new();
        let path = fixture.plugin("1.0.0", "{}");
        change(&path);
        pack(&path, &PackOptions::default()).unwrap_err().to_string()
    };
    let link = refused(&|path| symlink("/etc/passwd", path.join("link")).unwrap());
    assert_eq!(link, "`link` cannot be part of a package: it is a link");
    let name = refused(&|path| fs::write(path.join("aux.txt"), "").unwrap());
    assert_eq!(name, "`aux.txt` cannot be part of a package: the path names a Windows device");
    let twins = refused(&|path| {
        fs::write(path.join("A.txt"), "").unwrap();
        fs::write(path.join("a.txt"), "").unwrap();
    });
    assert_eq!(twins, "the plugin cannot be packed");
    let code = refused(&|path| fs::write(path.join("src/index.js"), "export default 1 +").unwrap());
    assert_eq!(code, "the plugin has errors; `wa plugins validate` shows them");
    let json = refused(&|path| {
        fs::write(path.join("package.json"), r#"{"name":"other","version":"1.0.0"}"#).unwrap();
    });
    assert_eq!(json, "the plugin has errors; `wa plugins validate` shows them");
    let fixture = Fixture::new();
    let seq = |seq| pack(&fixture.plugin("1.0.0", "{}"), &PackOptions { seq: Some(seq) });
    assert!(matches!(seq(1 << 53), Err(PackError::Seq(_))));
}

#[test]
fn signing_needs_a_packed_plugin_with_a_publisher() {
    let fixture = Fixture::new();
    let path = fixture.plugin("1.0.0", "{}");
    let (secret, public) = key();
    let signed = sign_bytes(&packed(&path).bytes, &secret).unwrap();
    // Signing again replaces the signature.
    let again = sign_bytes(&signed, &key().0).unwrap();
    let record = |archive: &[u8]| {
        let contents = unpack(archive, &Limits::default()).unwrap();
        PackageRecord::parse(contents.get(RECORD_FILE).unwrap()).unwrap()
    };
    assert_eq!(record(&signed).key, Some(public));
    assert_ne!(record(&again).key, record(&signed).key);

    let manifest = path.join("wa.plugin.yaml");
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap().replace("publisher: acme\n", "")).unwrap();
    assert!(matches!(sign_bytes(&packed(&path).bytes, &secret), Err(SignError::NoPublisher)));
    let mut contents = unpack(&signed, &Limits::default()).unwrap();
    contents.insert("src/index.js".parse().unwrap(), &b"changed"[..]);
    assert!(matches!(sign_bytes(&tarball::write(&contents).unwrap(), &secret), Err(SignError::Files(_))));
    contents.files.remove(RECORD_FILE);
    assert!(matches!(sign_bytes(&tarball::write(&contents).unwrap(), &secret), Err(SignError::NotPacked)));
}

#[test]
fn sequence_numbers_grow_with_the_version() {
    let seq = |version: &str| default_seq(&version.parse().unwrap());
    assert_eq!(seq("1.2.3-rc.1"), seq("1.2.3"));
    assert!(
        seq("0.99999.99999") < seq("1.0.0") && seq("1.9.0") < seq("1.10.0") && seq("1.0.9") < seq("1.0.10")
    );
    assert_eq!((seq("0.100000.0"), seq("900000.0.0")), (None, None));
    assert!(seq("899999.99999.99999").unwrap() <= MAX_SEQ);
}
