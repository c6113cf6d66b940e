//! Stanzas: WhatsApp's XML in binary.

use whatsapp_rs::wacore_binary::builder::NodeBuilder;
use whatsapp_rs::wacore_binary::node::NodeContent;
use whatsapp_rs::wacore_binary::{Node, SERVER_JID};

/// An attribute's text; empty where there is none.
pub(crate) fn attribute(node: &Node, name: &str) -> String {
    node.attrs.get(name).map(|value| value.as_str().into_owned()).unwrap_or_default()
}

/// The content, where it is no children.
pub(crate) fn bytes(node: &Node) -> Option<&[u8]> {
    match &node.content {
        Some(NodeContent::Bytes(bytes)) => Some(bytes),
        Some(NodeContent::String(text)) => Some(text.as_bytes()),
        _ => None,
    }
}

/// The content of a child.
pub(crate) fn child_bytes(node: &Node, tag: &str) -> Option<Vec<u8>> {
    node.get_optional_child(tag).and_then(bytes).map(<[u8]>::to_vec)
}

/// A number in as many bytes as there are.
pub(crate) fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The user's part of an address.
pub(crate) fn user(jid: &str) -> &str {
    jid.split(['@', ':']).next().unwrap_or_default()
}

pub(crate) fn leaf(tag: &'static str, content: Vec<u8>) -> Node {
    NodeBuilder::new(tag).bytes(content).build()
}

/// The answer to a request.
pub(crate) fn result(id: &str, children: Vec<Node>) -> Node {
    let answer = NodeBuilder::new("iq").attr("from", SERVER_JID).attr("id", id).attr("type", "result");
    answer.children(children).build()
}

/// The refusal of a request.
pub(crate) fn error(id: &str, code: u16, text: &str) -> Node {
    let error = NodeBuilder::new("error").attr("code", code).attr("text", text).build();
    let answer = NodeBuilder::new("iq").attr("from", SERVER_JID).attr("id", id).attr("type", "error");
    answer.children([error]).build()
}

/// A request of the server's.
pub(crate) fn request(id: &str, child: Node) -> Node {
    let request = NodeBuilder::new("iq").attr("from", SERVER_JID).attr("type", "set").attr("id", id);
    request.attr("xmlns", "md").children([child]).build()
}

/// Word of something, from the server.
pub(crate) fn notification(id: &str, kind: &'static str, child: Node) -> Node {
    NodeBuilder::new("notification")
        .attr("from", SERVER_JID)
        .attr("type", kind)
        .attr("id", id)
        .attr("t", crate::time::seconds())
        .children([child])
        .build()
}
