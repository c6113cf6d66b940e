//! A registry that lies, stalls, breaks off and sends elsewhere: each time an error that says so, and nothing changed.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::prelude::{BASE64_STANDARD, Engine};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::support::http::{Server, redirect};
use crate::support::{Place, Transcript};

const NAME: &str = "desk";

/// A project with acme's key, and a signed package with its digest as npm writes it.
struct Scene {
    place: Place,
    key: String,
    archive: Vec<u8>,
    integrity: String,
}

impl Scene {
    fn new() -> Self {
        let place = Place::with_project();
        let key = place.key("acme");
        let package = place.package(NAME, "1.0.0", "");
        place.wa(["plugins", "list"]).succeeds();
        let archive = fs::read(place.path(package)).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA512, &archive);
        let integrity = format!("sha512-{}", BASE64_STANDARD.encode(digest));
        Self { place, key, archive, integrity }
    }

    fn packument(&self, dist: &Value) -> Value {
        json!({
            "name": NAME, "dist-tags": { "latest": "1.0.0" },
            "versions": { "1.0.0": { "name": NAME, "version": "1.0.0", "dist": dist } },
            "time": { "1.0.0": "2026-01-01T00:00:00.000Z" },
        })
    }

    /// What a good registry says; npm's own host stands for the registry at hand.
    fn good(&self) -> Value {
        self.packument(&json!({ "tarball": "https://registry.npmjs.org/desk/-/desk-1.0.0.tgz", "integrity": self.integrity }))
    }

    /// Serves this packument, and the archive by `archive`.
    fn serve(
        &self,
        packument: &Value,
        archive: impl Fn(&str, &[u8], &mut TcpStream) + Send + Sync + 'static,
    ) -> Server {
        let (document, bytes) = (packument.to_string(), self.archive.clone());
        Server::start(move |head, stream| {
            if head.starts_with("GET /desk/-/") {
                archive(head, &bytes, stream);
            } else if head.starts_with("GET /desk ") {
                send(stream, "200 OK", &[], document.as_bytes());
            } else {
                send(stream, "404 Not Found", &[], b"{}");
            }
        })
    }

    fn install(&self, server: &Server) -> Transcript {
        let registry = format!("{}/", server.origin());
        self.place.wa([
            "plugins",
            "install",
            NAME,
            "--yes",
            "--trust-key",
            &self.key,
            "--registry",
            &registry,
            "--fetch-timeout",
            "2",
        ])
    }

    /// The installation ends with this status and says this, and nothing is installed or kept.
    #[track_caller]
    fn refuses(&self, server: &Server, status: i32, words: &str) -> Transcript {
        let before = self.place.tree();
        let refused = self.install(server).exits(status);
        assert!(refused.stderr().contains(words), "no {words:?}: {refused}");
        assert_eq!(self.place.tree(), before);
        let cache = self.place.work().with_file_name("home").join(".cache/wa/archives");
        let kept: Vec<_> = fs::read_dir(cache).into_iter().flatten().collect();
        assert!(kept.is_empty(), "{kept:?}");
        refused
    }
}

fn send(stream: &mut TcpStream, status: &str, headers: &[&str], body: &[u8]) {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // A client that has seen enough may be gone.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn whole(_: &str, bytes: &[u8], stream: &mut TcpStream) {
    send(stream, "200 OK", &["etag: \"one\""], bytes);
}

#[test]
fn a_registry_that_behaves_is_believed() {
    let scene = Scene::new();
    let server = scene.serve(&scene.good(), whole);
    scene.install(&server).succeeds();
}

#[test]
fn bytes_that_were_not_promised() {
    let scene = Scene::new();
    let good = scene.good();
    let server = scene.serve(&good, |_, bytes, stream| {
        let mut other = bytes.to_vec();
        other[20] ^= 1;
        send(stream, "200 OK", &[], &other);
    });
    scene.refuses(&server, 1, "is not the archive that was promised");
    // Another package in its place, whole and signed.
    let other = fs::read(scene.place.path(scene.place.package("till", "1.0.0", ""))).unwrap();
    let server = scene.serve(&good, move |_, _, stream| send(stream, "200 OK", &[], &other));
    scene.refuses(&server, 1, "is not the archive that was promised");
}

#[test]
fn a_digest_is_needed_and_the_weak_one_is_told() {
    let scene = Scene::new();
    let tarball = "https://registry.npmjs.org/desk/-/desk-1.0.0.tgz";
    let none = scene.packument(&json!({ "tarball": tarball }));
    scene.refuses(&scene.serve(&none, whole), 1, "gives no digest");
    let no_address = scene.packument(&json!({ "integrity": scene.integrity }));
    scene.refuses(&scene.serve(&no_address, whole), 1, "gives no address");
    let wrong = scene.packument(&json!({ "tarball": tarball, "shasum": "0".repeat(40) }));
    scene.refuses(&scene.serve(&wrong, whole), 1, "sha1 0000");
    let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &scene.archive);
    let sha1: String = sha1.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let weak = scene.packument(&json!({ "tarball": tarball, "shasum": sha1 }));
    let installed = scene.install(&scene.serve(&weak, whole)).succeeds();
    assert!(installed.stderr().contains("only the weak sha1"), "{installed}");
}

#[test]
fn what_breaks_off_is_continued_or_begun_again() {
    for resumes in [true, false] {
        let scene = Scene::new();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let server = scene.serve(&scene.good(), move |head, bytes, stream| {
            let (nth, half) = (counter.fetch_add(1, Ordering::SeqCst), bytes.len() / 2);
            if nth == 0 {
                let head =
                    format!("HTTP/1.1 200 OK\r\netag: \"one\"\r\ncontent-length: {}\r\n\r\n", bytes.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes[..half]));
                return;
            }
            let lower = head.to_lowercase();
            assert!(
                lower.contains(&format!("range: bytes={half}-")) && lower.contains("if-range: \"one\""),
                "{head}"
            );
            if resumes {
                let range = format!("content-range: bytes {half}-{}/{}", bytes.len() - 1, bytes.len());
                send(stream, "206 Partial Content", &["etag: \"one\"", &range], &bytes[half..]);
            } else {
                send(stream, "200 OK", &["etag: \"two\""], bytes);
            }
        });
        scene.install(&server).succeeds();
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}

#[test]
fn what_always_breaks_off_is_given_up() {
    let scene = Scene::new();
    let server = scene.serve(&scene.good(), |_, bytes, stream| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes[..10]));
    });
    scene.refuses(&server, 2, "broke off after 10 bytes");
}

#[test]
fn what_never_ends_is_cut_off() {
    let scene = Scene::new();
    // A packument of white space without an end.
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let block = vec![b' '; 1 << 20];
        while stream.write_all(&block).is_ok() {}
    });
    scene.refuses(&server, 1, "sends more than 64 MiB");
    // An answer that never begins.
    let server = Server::start(|_, stream| {
        // Holds the connection open until the client gives up.
        let _ = std::io::Read::read(stream, &mut [0; 1]);
    });
    scene.refuses(&server, 2, "answers too slowly");
    // An archive that stops in the middle.
    let server = scene.serve(&scene.good(), |_, bytes, stream| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes[..10]));
        let _ = std::io::Read::read(stream, &mut [0; 1]);
    });
    scene.refuses(&server, 2, "answers too slowly");
}

#[test]
fn a_token_stays_with_its_origin() {
    let scene = Scene::new();
    let canary = Server::start(|_, stream| send(stream, "404 Not Found", &[], b"{}"));
    let target = format!("{}/desk", canary.origin());
    let server = Server::start(move |_, stream| drop(stream.write_all(redirect(&target).as_bytes())));
    let npmrc = format!(
        "//{}/:_authToken=secret-token\n//{}/:_authToken=other-token\n",
        server.address, canary.address
    );
    scene.place.write_home(".npmrc", &npmrc);
    scene.refuses(&server, 1, "there is no package `desk`");
    let head = server.requests.recv().unwrap().to_lowercase();
    assert!(head.contains("authorization: bearer secret-token"), "{head}");
    let leaked = canary.requests.recv().unwrap().to_lowercase();
    assert!(!leaked.contains("authorization") && !leaked.contains("token"), "{leaked}");

    // The archive's own host gets none either.
    let elsewhere = Server::start(|_, stream| send(stream, "404 Not Found", &[], b"{}"));
    let tarball = format!("{}/desk-1.0.0.tgz", elsewhere.origin());
    let packument = scene.packument(&json!({ "tarball": tarball, "integrity": scene.integrity }));
    let server = scene.serve(&packument, whole);
    scene.place.write_home(".npmrc", &format!("//{}/:_authToken=secret-token\n", server.address));
    scene.refuses(&server, 2, "answers 404");
    assert!(!elsewhere.requests.recv().unwrap().to_lowercase().contains("authorization"));
}

#[test]
fn redirects_that_lead_nowhere() {
    let scene = Scene::new();
    let server = Server::start(|_, stream| drop(stream.write_all(redirect("/desk").as_bytes())));
    scene.refuses(&server, 1, "redirects too many times");
    let server =
        Server::start(|_, stream| drop(stream.write_all(redirect("http://example.org/desk").as_bytes())));
    scene.refuses(&server, 1, "is not encrypted");
    let server = Server::start(|_, stream| drop(stream.write_all(redirect("file:///etc/passwd").as_bytes())));
    scene.refuses(&server, 2, "is not a URL that can be fetched");
}

#[test]
fn a_busy_registry_is_asked_again() {
    for status in ["429 Too Many Requests", "503 Service Unavailable", "408 Request Timeout"] {
        let scene = Scene::new();
        let asked = Arc::new(AtomicUsize::new(0));
        let (counter, good) = (Arc::clone(&asked), scene.good().to_string());
        let archive = scene.archive.clone();
        let server = Server::start(move |head, stream| match counter.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => send(stream, status, &["retry-after: 0"], b"{}"),
            _ if head.starts_with("GET /desk/-/") => send(stream, "200 OK", &[], &archive),
            _ => send(stream, "200 OK", &[], good.as_bytes()),
        });
        scene.install(&server).succeeds();
        assert_eq!(asked.load(Ordering::SeqCst), 4);
    }
    let scene = Scene::new();
    let server =
        Server::start(|_, stream| send(stream, "429 Too Many Requests", &["retry-after: 86400"], b"{}"));
    scene.refuses(&server, 2, "too many requests");
}

#[test]
fn answers_that_are_none() {
    let scene = Scene::new();
    let page = Server::start(|_, stream| {
        send(stream, "200 OK", &["content-type: text/html"], b"<html>log in</html>");
    });
    scene.refuses(&page, 2, "is not an answer of a registry");
    let bomb = Server::start(|_, stream| send(stream, "200 OK", &["content-encoding: gzip"], b"\x1f\x8b"));
    scene.refuses(&bomb, 1, "in an encoding that was not asked for");
    for (status, words) in [("401 Unauthorized", "put a token"), ("403 Forbidden", "not allowed")] {
        let server = Server::start(move |_, stream| send(stream, status, &[], b"{\"error\":\"no\x1b[2J\"}"));
        let said = scene.refuses(&server, 2, words);
        assert!(!said.stderr().contains('\u{1b}'), "{said}");
    }
    let absent = Server::start(|_, stream| send(stream, "404 Not Found", &[], b""));
    scene.refuses(&absent, 1, "there is no package `desk`");
}

#[test]
fn names_and_versions_that_do_not_agree() {
    let scene = Scene::new();
    let with = |edit: &dyn Fn(&mut Value)| {
        let mut packument = scene.good();
        edit(&mut packument);
        scene.serve(&packument, whole)
    };
    scene.refuses(&with(&|p| p["name"] = "till".into()), 1, "the package `till` where `desk` was asked for");
    scene.refuses(&with(&|p| p["versions"]["1.0.0"]["name"] = "till".into()), 1, "the package `till`");
    scene.refuses(&with(&|p| p["versions"]["1.0.0"]["version"] = "2.0.0".into()), 1, "the version `2.0.0`");
    // The right digest of an archive that is another version than the registry says.
    let lying = json!({
        "name": NAME, "dist-tags": { "latest": "1.0.1" },
        "versions": { "1.0.1": scene.good()["versions"]["1.0.0"].clone() },
    });
    let mut lying = lying;
    lying["versions"]["1.0.1"]["version"] = "1.0.1".into();
    let before = scene.place.tree();
    let refused = scene.install(&scene.serve(&lying, whole)).exits(1);
    assert!(refused.stderr().contains("1.0.1"), "{refused}");
    assert_eq!(scene.place.tree(), before);
}

#[test]
fn a_large_packument_takes_little_memory() {
    let scene = Scene::new();
    let mut packument = scene.good();
    packument["readme"] = "x".repeat(50 << 20).into();
    scene.install(&scene.serve(&packument, whole)).succeeds();
}

#[test]
fn the_registrys_own_signatures() {
    let scene = Scene::new();
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
    let sign = |text: String| BASE64_STANDARD.encode(pair.sign(&random, text.as_bytes()).unwrap());
    let good = sign(format!("desk@1.0.0:{}", scene.integrity));
    let spki = [
        &[
            0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce,
            0x3d, 3, 1, 7, 3, 0x42, 0,
        ][..],
        pair.public_key().as_ref(),
    ]
    .concat();
    let keys = |expires: Value| json!({ "keys": [{ "keyid": "SHA256:one", "key": BASE64_STANDARD.encode(&spki), "expires": expires }] });
    let signed = |sig: &str, keyid: &str| {
        let mut packument = scene.good();
        packument["versions"]["1.0.0"]["dist"]["signatures"] = json!([{ "keyid": keyid, "sig": sig }]);
        packument.to_string()
    };
    let serve = |packument: String, keys: Value| {
        let (archive, keys) = (scene.archive.clone(), keys.to_string());
        Server::start(move |head, stream| match head {
            _ if head.starts_with("GET /-/npm/v1/keys") => send(stream, "200 OK", &[], keys.as_bytes()),
            _ if head.starts_with("GET /desk/-/") => send(stream, "200 OK", &[], &archive),
            _ => send(stream, "200 OK", &[], packument.as_bytes()),
        })
    };
    let stolen = sign(format!("desk@0.9.0:{}", scene.integrity));
    scene.refuses(&serve(signed(&stolen, "SHA256:one"), keys(Value::Null)), 1, "does not fit the package");
    scene.refuses(&serve(signed(&good, "SHA256:two"), keys(Value::Null)), 1, "does not know its key");
    scene.refuses(
        &serve(signed(&good, "SHA256:one"), keys("2025-01-01T00:00:00.000Z".into())),
        1,
        "had expired",
    );
    scene.refuses(&serve(signed("!", "SHA256:one"), keys(Value::Null)), 1, "is not base64");
    scene.install(&serve(signed(&good, "SHA256:one"), keys("2027-01-01T00:00:00.000Z".into()))).succeeds();
}
