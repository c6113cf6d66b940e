use super::*;
use crate::keys::{SecretKey, generate};
use crate::package::PackageRecord;
use crate::trust::{TrustError, TrustStore};
use std::time::{Duration, SystemTime};

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn index(version: u64) -> Index {
    let entry = IndexVersion {
        archive: Sha512::of(b"archive"),
        level: Level::Curated,
        record: Some(Sha256::of(b"record")),
        seq: Some(1),
        yanked: None,
    };
    Index {
        schema: 1,
        version,
        expires: Timestamp::from(NOW + Duration::from_secs(3600)),
        publishers: BTreeMap::new(),
        packages: [(
            "@acme/desk".parse().unwrap(),
            IndexPackage { versions: [("1.0.0".parse().unwrap(), entry)].into() },
        )]
        .into(),
        revoked: Revoked::default(),
    }
}

struct Signer(SecretKey, PublicKey);

fn signer() -> Signer {
    let new = generate(None).unwrap();
    Signer(SecretKey::from_minisign(&new.secret, None).unwrap(), new.public)
}

fn sealed(index: &Index, signers: &[&Signer]) -> Sealed {
    let text = index.canonical();
    let signature =
        |signer: &&Signer| (signer.1.fingerprint().short(), sign(&signer.0, index, &text).unwrap());
    Sealed {
        index: String::from_utf8(text.clone()).unwrap(),
        signatures: signers.iter().map(signature).collect(),
    }
}

#[test]
fn an_index_has_one_text() {
    let index = index(1);
    let text = index.canonical();
    assert_eq!(Index::parse(&text).unwrap(), index);
    let text = String::from_utf8(text).unwrap();
    let cases = [
        ("a space", text.replacen(':', ": ", 1)),
        ("an unknown key", text.replacen('{', "{\"a\":1,", 1)),
        ("a key twice", text.replacen("\"schema\":1", "\"schema\":1,\"schema\":1", 1)),
        ("another schema", text.replacen("\"schema\":1", "\"schema\":2", 1)),
        ("version 0", text.replacen("\"version\":1", "\"version\":0", 1)),
        ("too large a version", text.replacen("\"version\":1", "\"version\":9007199254740993", 1)),
        ("another spelling of a version", text.replacen("\"1.0.0\"", "\"v1.0.0\"", 1)),
        ("no time", text.replacen("T01:00:00Z", "", 1)),
        ("an unknown level", text.replacen("curated", "core", 1)),
        ("bytes after the end", format!("{text}\n")),
    ];
    for (what, text) in cases {
        assert!(Index::parse(text.as_bytes()).is_err(), "{what}: {text}");
    }
}

#[test]
fn each_key_counts_once() {
    let (a, b, c) = (signer(), signer(), signer());
    let root = Root::new(vec![a.1.clone(), b.1.clone()], 2).unwrap();
    let index = index(1);
    assert_eq!(sealed(&index, &[&a, &b]).open(&root).unwrap(), index);
    let short = |sealed: &Sealed| match sealed.open(&root) {
        Err(IndexError::Signatures { good, needed: 2, .. }) => good,
        other => panic!("{other:?}"),
    };
    assert_eq!(short(&sealed(&index, &[&a])), 1);
    assert_eq!(short(&sealed(&index, &[&a, &c])), 1);
    assert_eq!(short(&sealed(&index, &[])), 0);
    // The same key's signature under the other key's name.
    let mut twice = sealed(&index, &[&a]);
    let own = twice.signatures.values().next().unwrap().clone();
    twice.signatures.insert(b.1.fingerprint().short(), own);
    assert_eq!(short(&twice), 1);
    // Good signatures of another text.
    let mut edited = sealed(&index, &[&a, &b]);
    edited.index = edited.index.replace("curated", "listed");
    assert_eq!(short(&edited), 0);

    assert_eq!(
        Root::new(vec![a.1.clone(), a.1.clone()], 2),
        Err(RootError::Threshold { keys: 1, threshold: 2 })
    );
    assert!(Root::new(vec![], 1).is_err() && Root::new(vec![a.1], 0).is_err());
}

#[test]
fn versions_only_grow_and_time_runs_out() {
    let dir = tempfile::tempdir().unwrap();
    let (registry, key): (RegistryUrl, _) = ("https://registry.example".parse().unwrap(), signer());
    let mut store = TrustStore::open(dir.path(), NOW).unwrap();
    store.add_root(&registry, Root::new(vec![key.1.clone()], 1).unwrap()).unwrap();
    let seal = |index: &Index| sealed(index, &[&key]);
    store.believe(&registry, &seal(&index(2))).unwrap();
    store.believe(&registry, &seal(&index(2))).unwrap();
    let refused = |store: &mut TrustStore, index: &Index| match store.believe(&registry, &seal(index)) {
        Err(TrustError::Index(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(refused(&mut store, &index(1)), IndexError::Replayed { found: 1, seen: 2 }));
    let other = Index { packages: BTreeMap::new(), ..index(2) };
    assert!(matches!(refused(&mut store, &other), IndexError::TwoOfOneVersion(2)));

    // What is kept is read again, and the other root's keys have not signed it.
    let mut store = TrustStore::open(dir.path(), NOW + Duration::from_secs(3600)).unwrap();
    let known = store.indexes().of(&registry).unwrap();
    assert_eq!(known.index, Some(index(2)));
    assert!(store.indexes().is_expired(known.index.as_ref().unwrap()));
    let record = Sha256::of(b"record");
    assert!(store.indexes().listings(&record).all(|listing| listing.expired && !listing.is_curated()));
    assert!(matches!(refused(&mut store, &index(3)), IndexError::Expired(_)));
    store.add_root(&registry, Root::new(vec![signer().1], 1).unwrap()).unwrap();
    assert_eq!(store.indexes().of(&registry).unwrap().index, None);
    // The ratchet stays.
    store.add_root(&registry, Root::new(vec![key.1.clone()], 1).unwrap()).unwrap();
    let mut store = TrustStore::open(dir.path(), NOW).unwrap();
    assert!(matches!(refused(&mut store, &index(1)), IndexError::Replayed { .. }));
}

#[test]
fn an_index_vouches_for_its_publishers_keys_and_names() {
    let dir = tempfile::tempdir().unwrap();
    let (registry, root): (RegistryUrl, _) = ("https://registry.example".parse().unwrap(), signer());
    let (own, second, other) = (signer().1, signer().1, signer().1);
    let record = PackageRecord {
        schema: 1,
        id: "desk".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        seq: 1,
        publisher: Some("acme".parse().unwrap()),
        key: None,
        permissions: Sha256::of(b""),
        files: Vec::new(),
    };
    let mut version = 0;
    let mut word = |threshold: u32, pattern: &str, seq: u64, signers: &[&PublicKey]| {
        version += 1;
        let acme = IndexPublisher {
            keys: vec![own.clone(), second.clone()],
            packages: vec![pattern.parse().unwrap()],
            threshold,
        };
        let index = Index { publishers: [("acme".parse().unwrap(), acme)].into(), ..index(version) };
        let mut store = TrustStore::open(dir.path(), NOW).unwrap();
        store.add_root(&registry, Root::new(vec![root.1.clone()], 1).unwrap()).unwrap();
        store.believe(&registry, &sealed(&index, &[&root])).unwrap();
        let signers = signers.iter().map(|key| key.fingerprint()).collect();
        let record = PackageRecord { seq, ..record.clone() };
        store.indexes().word(&Sha256::of(b"record"), &record, &"acme".parse().unwrap(), &signers)
    };
    assert!(word(1, "@acme/*", 1, &[&own]).unwrap().vouches);
    assert!(!word(1, "@acme/*", 1, &[&other]).unwrap().vouches);
    assert!(!word(1, "@other/*", 1, &[&own]).unwrap().vouches);
    assert!(!word(2, "*", 1, &[&own, &own]).unwrap().vouches);
    assert!(!word(2, "*", 1, &[&own, &other]).unwrap().vouches);
    assert!(word(2, "*", 1, &[&own, &other, &second]).unwrap().vouches);
    // A listing that contradicts the record that it names is none.
    assert_eq!(word(1, "*", 2, &[&own]), None);
}

#[test]
fn addresses_of_registries() {
    for (text, url) in [
        ("https://Registry.Example", "https://registry.example/"),
        ("http://127.0.0.1:4873/npm", "http://127.0.0.1:4873/npm/"),
        ("https://a.example:443/x/../y/", "https://a.example/y/"),
    ] {
        assert_eq!(text.parse::<RegistryUrl>().unwrap().as_str(), url);
    }
    for bad in
        ["", "a.example", "ftp://a.example/", "https://u:p@a.example/", "https://a.example/?q", "https:///#"]
    {
        assert!(bad.parse::<RegistryUrl>().is_err(), "{bad}");
    }
}
