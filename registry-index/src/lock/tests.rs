use super::*;

fn source(text: &str) -> Source {
    Source::new("wa.lock", text, Syntax::Yaml)
}

fn locked(spec: &str) -> Locked {
    Locked {
        spec: spec.to_owned(),
        resolved: "file:./order-desk-1.2.0.tgz".to_owned(),
        version: "1.2.0".parse().unwrap(),
        archive: Sha512::of(b"archive"),
        package: Some(Sha256::of(b"package")),
        tree: Sha256::of(b"tree"),
        publisher: Some("acme".parse().unwrap()),
        key: Some("wa:4246-6ce7-df12-f319-22ee-ffc5-fd77-e0f9".parse().unwrap()),
        seq: Some(7),
        trust: TrustLevel::Trusted,
        exceptions: BTreeSet::from([Exception::Downgrade]),
        grant: Grant { digest: Sha256::of(b"{}"), words: vec!["answer messages on any channel".to_owned()] },
        installed_at: "2026-11-21T09:30:00Z".to_owned(),
    }
}

#[test]
fn the_text_of_a_lock() {
    let unsigned = Locked {
        publisher: None,
        key: None,
        seq: None,
        package: None,
        trust: TrustLevel::Unsigned,
        exceptions: BTreeSet::from([Exception::Unsigned]),
        grant: Grant { digest: Sha256::of(b"{}"), words: Vec::new() },
        ..locked("./plain.tgz")
    };
    let plugins = [("order-desk", locked("./order-desk-1.2.0.tgz")), ("plain", unsigned)];
    let lock = Lockfile { plugins: plugins.map(|(id, locked)| (id.parse().unwrap(), locked)).into() };
    insta::assert_snapshot!(lock.to_yaml());
    assert_eq!(Lockfile::parse(&source(&lock.to_yaml())).unwrap(), lock);
    let schema = serde_json::from_str(manifest_schema::schemas::LOCK.text).unwrap();
    let schema = manifest_schema::schema::CompiledSchema::compile(&schema).unwrap();
    assert_eq!(schema.check(&tree::parse(&source(&lock.to_yaml())).unwrap().to_json()), Ok(()));
    assert_eq!(Lockfile::parse(&source(&Lockfile::default().to_yaml())).unwrap(), Lockfile::default());
}

/// Every text that a lock can hold reads back as itself, and the second writing is the first one.
#[test]
fn any_text_reads_back() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let alphabet: Vec<char> =
        "aZ0 \"\\'#:-{}[]&*!|>%@`~\n\r\t\0\u{7f}\u{85}\u{a0}\u{ad}ä€\u{2028}\u{feff}\u{ffff}😀"
            .chars()
            .collect();
    for _ in 0..2_000 {
        let text: String =
            (0..next() % 12).map(|_| alphabet[(next() % alphabet.len() as u64) as usize]).collect();
        let mut entry = locked(&text);
        entry.grant.words = vec![text.clone(), "true".to_owned(), "1.0".to_owned()];
        let lock = Lockfile { plugins: [("demo".parse().unwrap(), entry)].into() };
        let written = lock.to_yaml();
        let read =
            Lockfile::parse(&source(&written)).unwrap_or_else(|error| panic!("{text:?}: {error}\n{written}"));
        assert_eq!(read, lock, "{text:?}");
        assert_eq!(read.to_yaml(), written);
    }
}

#[test]
fn what_is_no_lock() {
    let good = Lockfile { plugins: [("demo".parse().unwrap(), locked("./x.tgz"))].into() }.to_yaml();
    let cases = [
        ("a newer schema", good.replace("schema: 1", "schema: 2"), "schema 2"),
        ("no schema", good.replace("schema: 1\n", ""), "not a lock file"),
        ("an unknown key", good.replace("    trust:", "    trusted:"), "not a lock file"),
        ("a bad id", good.replace("  demo:", "  ../x:"), "not a lock file"),
        ("a bad digest", good.replace("sha256:", "sha255:"), "not a lock file"),
        ("no YAML", "plugins: [".to_owned(), "not valid YAML"),
        ("a key twice", good.replace("    spec:", "    spec: \"\"\n    spec:"), "not valid YAML"),
    ];
    for (what, text, expected) in cases {
        let error = Lockfile::parse(&source(&text)).unwrap_err().to_string();
        assert!(error.contains(expected), "{what}: {error}");
    }
}
