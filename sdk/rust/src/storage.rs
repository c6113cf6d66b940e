//! What lasts: values by key, and files.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::host::ask;
use crate::{Result, abi};

/// Values by key, within the quota that the manifest asks for.
#[derive(Debug)]
pub struct Storage {
    _private: (),
}

/// Which keys to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListOptions {
    /// Only keys that begin so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Only keys after this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most so many; the host has its own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Keys, in order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Keys {
    /// The keys.
    pub keys: Vec<String>,
    /// Give the last key as `after` to get the next ones.
    pub more: bool,
}

impl Storage {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    /// The value of a key, where there is one.
    ///
    /// # Errors
    /// Where it is not permitted, or the value does not fit the type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        ask(abi::storage_get, &json!({ "key": key }))
    }

    /// Stores a value.
    ///
    /// # Errors
    /// Where it is not permitted, or the quota is used up (`limit`).
    pub fn set(&self, key: &str, value: impl Serialize) -> Result<()> {
        ask(abi::storage_set, &json!({ "key": key, "value": value }))
    }

    /// Deletes a value; whether there was one.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn delete(&self, key: &str) -> Result<bool> {
        ask(abi::storage_delete, &json!({ "key": key }))
    }

    /// Lists keys.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn list(&self, options: &ListOptions) -> Result<Keys> {
        ask(abi::storage_list, &json!(options))
    }
}

/// Files of the plugin's own. Paths are relative, with `/`.
#[derive(Debug)]
pub struct Files {
    _private: (),
}

/// What is in a file: text, or base64 where it is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileContent {
    /// The text.
    pub text: Option<String>,
    /// The bytes.
    pub base64: Option<String>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileEntry {
    /// Its path.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    /// Reads a file, up to 512 KiB.
    ///
    /// # Errors
    /// Where there is none (`not_found`).
    pub fn read(&self, path: &str) -> Result<FileContent> {
        ask(abi::file_read, &json!({ "path": path }))
    }

    /// Writes a file whole, in place of what was there.
    ///
    /// # Errors
    /// Where the quota is used up (`limit`).
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        ask(abi::file_write, &json!({ "path": path, "text": text }))
    }

    /// Writes bytes, given in base64.
    ///
    /// # Errors
    /// Where the quota is used up (`limit`).
    pub fn write_base64(&self, path: &str, base64: &str) -> Result<()> {
        ask(abi::file_write, &json!({ "path": path, "base64": base64 }))
    }

    /// Deletes a file; whether there was one.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn delete(&self, path: &str) -> Result<bool> {
        ask(abi::file_delete, &json!({ "path": path }))
    }

    /// All files, by path.
    ///
    /// # Errors
    /// Where it is not permitted.
    pub fn list(&self) -> Result<Vec<FileEntry>> {
        ask(abi::file_list, &Value::Object(serde_json::Map::new()))
    }
}
