//! The Open Cybersecurity Schema Framework, version 1.3.0: class 6003, API Activity.

use super::{PRODUCT, is_done, subjects};
use crate::{Moment, record::Record};
use serde_json::{Value, json};

const VERSION: &str = "1.3.0";
const CATEGORY: u32 = 6;
const CLASS: u32 = 6003;

/// A record as an event. `version` is that of `wa`. What the class has no place for is in `unmapped`.
pub fn ocsf(record: &Record, version: &str) -> Value {
    let (activity, activity_name) = activity(&record.action);
    let done = is_done(record);
    let at = record.at.parse::<Moment>().map_or(0, Moment::millis);
    let mut event = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "actor": { "user": { "name": record.actor, "type_id": 99, "type": "wa actor" }, "app_name": PRODUCT },
        "api": { "operation": record.action, "service": { "name": PRODUCT, "version": version } },
        "category_name": "Application Activity",
        "category_uid": CATEGORY,
        "class_name": "API Activity",
        "class_uid": CLASS,
        "metadata": {
            "version": VERSION,
            "product": { "name": PRODUCT, "vendor_name": PRODUCT, "version": version },
            "uid": record.event_id,
            "sequence": record.seq,
            "log_name": record.log_id,
            "original_time": record.at,
        },
        "severity": if done { "Informational" } else { "Medium" },
        "severity_id": if done { 1 } else { 3 },
        // Everything happens on the machine that wa runs on.
        "src_endpoint": { "name": "localhost", "ip": "127.0.0.1" },
        "status": if done { "Success" } else { "Failure" },
        "status_id": if done { 1 } else { 2 },
        "status_detail": record.outcome,
        "time": at,
        "type_name": format!("API Activity: {activity_name}"),
        "type_uid": CLASS * 100 + activity,
        "unmapped": { "details": record.details, "prev": record.prev, "hash": record.hash() },
    });
    let named = [(record.plugin.as_deref(), "plugin"), (record.subject.as_deref(), "subject")];
    let resources: Vec<Value> =
        named.into_iter().filter_map(|(name, sort)| Some(json!({ "name": name?, "type": sort }))).collect();
    if !resources.is_empty() {
        event["resources"] = resources.into();
        event["message"] = format!("{} {} {}", record.actor, record.action, subjects(record)).into();
    }
    event
}

/// The activity of the class that an action is.
fn activity(action: &str) -> (u32, &'static str) {
    match action.rsplit('.').next().unwrap_or_default() {
        "create" | "install" | "link" | "add" | "root_add" | "new" | "send" | "start" | "request" => {
            (1, "Create")
        }
        "use" => (2, "Read"),
        "update" | "rollback" | "enable" | "disable" | "grant" | "rotate" | "reload" | "change"
        | "replace" | "answer" => (3, "Update"),
        "uninstall" | "remove" | "root_remove" | "revoke" => (4, "Delete"),
        _ => (99, "Other"),
    }
}
