//! What a plugin keeps on this machine: values and files, within one quota.

use super::host_calls::{read, write};
use crate::{
    error_chain::chain,
    plugin::Plugin,
    plugin_files::{FilePath, FilesError},
    storage::StorageError,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use manifest_schema::units::ByteSize;
use runtime_protocol::{
    ErrorCode, Failure, FileName, FileRead, FileWrite, HostMethod, Outcome, StorageDelete, StorageGet,
    StorageList, StorageSet,
};
use serde_json::value::RawValue;

/// Values.
pub(super) async fn storage(plugin: &Plugin, method: HostMethod, params: &RawValue) -> Outcome {
    let storage = &plugin.storage;
    let failed = |error: StorageError| Failure::new(storage_code(&error), chain(&error));
    match method {
        HostMethod::StorageSet => {
            let StorageSet { key, value } = read(params)?;
            let files = plugin.own_files.used().await.map_err(|error| files_failed(&error))?;
            let room = quota(plugin).saturating_sub(files);
            storage.set(key, value.get().to_owned(), room).await.map_err(failed)?;
            write(&())
        }
        HostMethod::StorageDelete => {
            let StorageDelete { key } = read(params)?;
            write(&storage.delete(key).await.map_err(failed)?)
        }
        HostMethod::StorageList => {
            let wanted: StorageList = read(params)?;
            write(&storage.list(wanted).await.map_err(failed)?)
        }
        _ => {
            let StorageGet { key } = read(params)?;
            let value = storage.get(key).await.map_err(failed)?;
            let value = value.map(RawValue::from_string).transpose();
            write(&value.map_err(|error| Failure::new(ErrorCode::Unavailable, error.to_string()))?)
        }
    }
}

/// Files.
pub(super) async fn files(plugin: &Plugin, method: HostMethod, params: &RawValue) -> Outcome {
    let files = &plugin.own_files;
    let failed = |error: FilesError| files_failed(&error);
    match method {
        HostMethod::FileWrite => {
            let FileWrite { path, text, base64 } = read(params)?;
            let path = FilePath::new(&path).map_err(failed)?;
            let bytes = content(text, base64)?;
            let values = plugin.storage.used().await;
            let values = values.map_err(|error| Failure::new(storage_code(&error), chain(&error)))?;
            files.write(path, bytes, quota(plugin).saturating_sub(values)).await.map_err(failed)?;
            write(&())
        }
        HostMethod::FileDelete => write(&files.delete(named(params)?).await.map_err(failed)?),
        HostMethod::FileList => write(&files.list().await.map_err(failed)?),
        _ => {
            let bytes = files.read(named(params)?).await.map_err(failed)?;
            write(&match String::from_utf8(bytes) {
                Ok(text) => FileRead { text: Some(text), base64: None },
                Err(bytes) => FileRead { text: None, base64: Some(BASE64.encode(bytes.as_bytes())) },
            })
        }
    }
}

fn named(params: &RawValue) -> Result<FilePath, Failure> {
    let FileName { path } = read(params)?;
    FilePath::new(&path).map_err(|error| files_failed(&error))
}

fn content(text: Option<String>, base64: Option<String>) -> Result<Vec<u8>, Failure> {
    let invalid = |why: String| Failure::new(ErrorCode::InvalidParams, why);
    match (text, base64) {
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(base64)) => {
            BASE64.decode(base64).map_err(|error| invalid(format!("`base64` cannot be read: {error}")))
        }
        _ => Err(invalid("a file is written from a text, or from `{ base64 }`".into())),
    }
}

fn quota(plugin: &Plugin) -> u64 {
    plugin.permissions.storage.map_or(0, ByteSize::bytes)
}

fn files_failed(error: &FilesError) -> Failure {
    let code = match error {
        FilesError::Path(_) => ErrorCode::InvalidParams,
        FilesError::NotFound(_) => ErrorCode::NotFound,
        FilesError::TooLarge => ErrorCode::TooLarge,
        FilesError::TooMany | FilesError::Quota { .. } => ErrorCode::Limit,
        FilesError::Io(_) | FilesError::Closed => ErrorCode::Unavailable,
    };
    Failure::new(code, chain(error))
}

fn storage_code(error: &StorageError) -> ErrorCode {
    match error {
        StorageError::Key => ErrorCode::InvalidParams,
        StorageError::Quota { .. } => ErrorCode::Limit,
        StorageError::Database(_) | StorageError::Directory(_) | StorageError::Closed => {
            ErrorCode::Unavailable
        }
    }
}
