use super::*;
use std::fs;
use std::os::unix::fs::symlink;

struct Fixture {
    _directory: tempfile::TempDir,
    address: SocketAddr,
    stop: Stop,
    thread: Option<thread::JoinHandle<()>>,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("registry");
        fs::create_dir_all(root.join("@acme")).unwrap();
        fs::write(root.join("@acme/desk"), "{\"name\":1}").unwrap();
        fs::write(root.join("desk-1.0.0.tgz"), "0123456789").unwrap();
        fs::write(root.join(".hidden"), "secret").unwrap();
        fs::write(directory.path().join("outside"), "secret").unwrap();
        symlink("../outside", root.join("link")).unwrap();
        symlink("..", root.join("up")).unwrap();
        let server = Server::bind(&root, "127.0.0.1:0".parse().unwrap()).unwrap();
        let (address, stop) = (server.address(), server.stop());
        let thread = Some(thread::spawn(move || server.run()));
        Self { _directory: directory, address, stop, thread }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(format!("{request}\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: x"))
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.stop.stop();
        self.thread.take().unwrap().join().unwrap();
    }
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

#[test]
fn files_are_served() {
    let fixture = Fixture::new();
    let answer = fixture.get("/@acme%2fdesk");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!((body(&answer), header(&answer, "content-type")), ("{\"name\":1}", "application/json"));
    let etag = header(&answer, "etag");
    let again = fixture.ask(&format!("GET /@acme/desk HTTP/1.1\r\nif-none-match: \"x\", {etag}"));
    assert!(again.starts_with("HTTP/1.1 304 ") && body(&again).is_empty(), "{again}");
    let other = fixture.ask("GET /@acme/desk HTTP/1.1\r\nif-none-match: \"x\"");
    assert!(other.starts_with("HTTP/1.1 200 "), "{other}");

    let head = fixture.ask("HEAD /desk-1.0.0.tgz HTTP/1.1");
    assert_eq!((header(&head, "content-length"), body(&head)), ("10", ""));
    let part = fixture.ask("GET /desk-1.0.0.tgz HTTP/1.1\r\nrange: bytes=4-");
    assert!(part.starts_with("HTTP/1.1 206 "), "{part}");
    assert_eq!((header(&part, "content-range"), body(&part)), ("bytes 4-9/10", "456789"));
    let stale = fixture.ask("GET /desk-1.0.0.tgz HTTP/1.1\r\nrange: bytes=4-\r\nif-range: \"x\"");
    assert_eq!(body(&stale), "0123456789");
    let beyond = fixture.ask("GET /desk-1.0.0.tgz HTTP/1.1\r\nrange: bytes=10-");
    assert!(beyond.starts_with("HTTP/1.1 416 ") && body(&beyond).is_empty(), "{beyond}");
}

#[test]
fn nothing_else_is_served() {
    let fixture = Fixture::new();
    for path in [
        "/",
        "/@acme",
        "/@acme/",
        "/missing",
        "/.hidden",
        "/link",
        "/up/outside",
        "/../outside",
        "/%2e%2e%2foutside",
        "/@acme/%2e%2e/desk-1.0.0.tgz",
        "/desk-1.0.0.tgz/x",
    ] {
        let answer = fixture.get(path);
        assert!(answer.starts_with("HTTP/1.1 404 ") && !answer.contains("secret"), "{path}: {answer}");
    }
    let answer = fixture.ask("POST /@acme/desk HTTP/1.1\r\ncontent-length: 4\r\n\r\nabcd");
    assert!(answer.starts_with("HTTP/1.1 405 ") && header(&answer, "allow") == "GET, HEAD", "{answer}");
    assert!(fixture.ask("nonsense").starts_with("HTTP/1.1 400 "));
}

#[test]
fn stopping_finishes_what_is_under_way() {
    let fixture = Fixture::new();
    let mut slow = TcpStream::connect(fixture.address).unwrap();
    slow.write_all(b"GET /@acme/desk HT").unwrap();
    // An answered request says that the one before it was taken.
    fixture.get("/@acme/desk");
    fixture.stop.stop();
    slow.write_all(b"TP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert_eq!(body(&answer), "{\"name\":1}");
}
