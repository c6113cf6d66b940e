//! The API's envelope: scopes, batches, notifications, WebSockets.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Place, Running};

const DESK: (&str, &str, &str) = (
    "order-desk",
    "rpc:
  - { method: orders.list, scope: read }
  - { method: orders.add, scope: write }
  - { method: orders.clear, scope: admin }",
    "rpc: { 'orders.list': () => 'listed', 'orders.add': (n, wa) => { wa.log.info(`added ${n}`); return 'added' }, 'orders.clear': () => 'cleared' }",
);

fn post(host: &Running, token: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", &*bearer), ("content-type", "application/json")];
    let answer = host.http("POST", "/api", &headers, body.to_string().as_bytes());
    (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
}

fn request(id: u64, method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": {} })
}

/// The token of a program that is paired for a scope.
fn paired(place: &Place, host: &Running, scope: &str) -> String {
    let code = place.wa(["bridge", "pair", "--name", scope, "--scope", scope]).succeeds();
    let params = json!({ "code": code.stdout().trim(), "request_id": scope });
    let redeemed = host.rpc("bridge.redeem", &params).unwrap();
    redeemed["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_of_a_scope_calls_what_its_scope_allows() {
    let place = Place::with_echo(&[DESK]);
    let host = Running::start(&place);
    let methods = [
        "orders.list",
        "orders.add",
        "orders.clear",
        "status",
        "message.send",
        "plugins.reload",
        "bridge.ingest",
        "nothing.such",
    ];
    let refused: Vec<Vec<bool>> = ["read", "write", "admin"]
        .map(|scope| {
            let token = paired(&place, &host, scope);
            assert!(token.starts_with("war_"), "{token}");
            let is_refused = |method: &&str| {
                let (_, answer) = post(&host, &token, &request(1, method));
                answer["error"]["message"]
                    .as_str()
                    .is_some_and(|why| why.contains("this is a token of the scope"))
            };
            methods.iter().map(is_refused).collect()
        })
        .to_vec();
    assert_eq!(refused[0], [false, true, true, false, true, true, true, true], "read");
    assert_eq!(refused[1], [false, false, true, false, false, true, true, true], "write");
    assert_eq!(refused[2], [false, false, false, false, false, false, true, false], "admin");
    let listed = place.wa(["bridge", "list"]).succeeds();
    assert!(listed.stdout().contains("read") && listed.stdout().contains("admin"), "{}", listed.stdout());
    host.stop();
}

#[test]
fn a_batch_is_answered_in_one() {
    let place = Place::with_echo(&[DESK]);
    let mut host = Running::start(&place);
    let token = host.token().to_owned();
    let note = json!({ "jsonrpc": "2.0", "method": "orders.add", "params": 7 });
    let batch = json!([request(1, "orders.list"), note, 5, request(2, "nothing.such"), { "jsonrpc": "1.0", "id": 3, "method": "status" }]);
    let (status, answers) = post(&host, &token, &batch);
    let answers = answers.as_array().unwrap();
    assert_eq!((status, answers.len()), (200, 4), "{answers:?}");
    assert_eq!((&answers[0]["id"], &answers[0]["result"]), (&json!(1), &json!("listed")));
    assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&json!(null), &json!(-32600)));
    assert_eq!((&answers[2]["id"], &answers[2]["error"]["code"]), (&json!(2), &json!(-32601)));
    assert_eq!((&answers[3]["id"], &answers[3]["error"]["code"]), (&json!(3), &json!(-32600)));
    // The notification was heeded, and is not answered, also alone.
    host.event(|event| event["event"] == "log" && event["message"] == "added 7");
    assert_eq!(post(&host, &token, &note), (204, Value::Null));
    assert_eq!(post(&host, &token, &json!([note, note])), (204, Value::Null));
    let many: Vec<Value> = (0..101).map(|id| request(id, "status")).collect();
    for wrong in [json!([]), json!(many)] {
        assert_eq!(post(&host, &token, &wrong).1["error"]["code"], -32600);
    }
    host.stop();
}

/// A WebSocket by Python's standard library alone: what it sends is masked, what it gets is not.
const CLIENT: &str = r#"
import base64, json, os, socket, struct, sys
address, token, *texts = sys.argv[1:]
host, port = address.rsplit(":", 1)
stream = socket.create_connection((host, int(port)), timeout=30)
key = base64.b64encode(os.urandom(16)).decode()
stream.sendall((f"GET /api HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\n"
                f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
reader = stream.makefile("rb")
head = reader.readline().decode().split(" ")[1]
while reader.readline().strip():
    pass
if head != "101":
    sys.exit(int(head) % 256)
for text in texts:
    body, mask = text.encode(), os.urandom(4)
    length = struct.pack("!B", 0x80 | len(body)) if len(body) < 126 else struct.pack("!BH", 0x80 | 126, len(body))
    stream.sendall(b"\x81" + length + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(body)))
for _ in texts:
    first, length = reader.read(2)
    if length == 126:
        length, = struct.unpack("!H", reader.read(2))
    print(reader.read(length).decode(), flush=True)
"#;

#[test]
fn the_same_over_a_websocket() {
    let place = Place::with_echo(&[DESK]);
    let host = Running::start(&place);
    let client = |token: &str, texts: &[String]| {
        let mut command = Command::new("python3");
        command.args(["-c", CLIENT, host.gateway(), token]).args(texts);
        command.output().unwrap()
    };
    let texts = [
        request(1, "orders.list").to_string(),
        json!([request(2, "orders.add"), request(3, "status")]).to_string(),
        "no json".to_owned(),
    ];
    let output = client(host.token(), &texts);
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let single = answers.iter().find(|answer| answer["id"] == 1).unwrap();
    assert_eq!(single["result"], "listed");
    let batch = answers.iter().find_map(Value::as_array).unwrap();
    assert_eq!((&batch[0]["result"], &batch[1]["result"]["schema"]), (&json!("added"), &json!(1)));
    assert!(answers.iter().any(|answer| answer["error"]["code"] == -32600), "{answers:?}");
    // Scopes hold here too, and a wrong token opens nothing.
    let read = paired(&place, &host, "read");
    let output = client(&read, &[request(1, "orders.add").to_string()]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("needs the scope `write`"));
    assert_eq!(client("wrong", &texts).status.code(), Some(401 % 256));
    host.stop();
}
