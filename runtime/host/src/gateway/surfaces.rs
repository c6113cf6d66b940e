//! Methods of the API around what plugins declare: their own methods, commands, pages, and what waits for a person.

use super::api::{Answer, Problem, read, write};
use crate::{
    client::{PageInfo, code},
    core::{CommandError, Decision, RpcError},
    error_chain::chain,
    host::Inner,
};
use manifest_schema::names::PluginId;
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunCommand {
    name: String,
    #[serde(default)]
    args: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerApproval {
    id: String,
    decision: Word,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Allow,
    Deny,
}

/// The method, if it is one of these.
pub(super) async fn call(inner: &Inner, method: &str, params: Box<RawValue>) -> Answer {
    match method {
        "commands.run" => run_command(inner, read(&params)?).await,
        "pages.list" => write(&pages(inner)),
        "approvals.list" => write(&inner.core.approvals.list()),
        "approvals.answer" => answer_approval(inner, read(&params)?),
        _ => inner
            .core
            .call_rpc(method, params)
            .await
            .map_err(|error| Problem(rpc_code(&error), chain(&error))),
    }
}

async fn run_command(inner: &Inner, RunCommand { name, args }: RunCommand) -> Answer {
    let output = inner.core.run_command(&name, args).await;
    let output = output.map_err(|error| {
        let code = match error {
            CommandError::Unknown(_) => code::NOT_FOUND,
            CommandError::Arguments { .. } => code::INVALID_PARAMS,
            CommandError::Answer { .. } | CommandError::Call { .. } => code::PLUGIN_FAILED,
        };
        Problem(code, chain(&error))
    });
    write(&output?)
}

fn answer_approval(inner: &Inner, AnswerApproval { id, decision, reason }: AnswerApproval) -> Answer {
    let decision = match decision {
        Word::Allow => Decision::Allow,
        Word::Deny => Decision::Deny(reason.unwrap_or_else(|| "the operator denied it".to_owned())),
    };
    match inner.core.approvals.answer(&id, decision) {
        true => write(&()),
        false => Err(Problem(code::NOT_FOUND, format!("nothing of the id `{id}` waits for an answer"))),
    }
}

/// The pages of all plugins, in the order of the navigation.
fn pages(inner: &Inner) -> Vec<PageInfo> {
    let set = inner.core.bus.set();
    let mut pages: Vec<PageInfo> = set
        .plugins
        .values()
        .flat_map(|supervisor| {
            let id = &supervisor.plugin.id;
            supervisor.plugin.manifest.pages.iter().map(move |page| PageInfo {
                plugin: id.to_string(),
                path: path_of(id, &page.path),
                title: page.title.clone(),
                icon: page.icon.clone(),
                order: page.order,
            })
        })
        .collect();
    pages.sort_by(|a, b| (a.order, &a.title, &a.path).cmp(&(b.order, &b.title, &b.path)));
    pages
}

fn path_of(id: &PluginId, path: &str) -> String {
    format!("/plugins/{id}{path}")
}

/// What plugins there are, as programs that know open-wa ask for it.
pub(super) fn manifest(inner: &Inner) -> Value {
    let set = inner.core.bus.set();
    let all = pages(inner);
    let plugins: Vec<Value> = set
        .plugins
        .values()
        .map(|supervisor| {
            let manifest = &supervisor.plugin.manifest;
            let id = manifest.id.as_str();
            json!({
                "name": id,
                "version": manifest.version,
                "description": manifest.description,
                "pages": all.iter().filter(|page| page.plugin == id).collect::<Vec<_>>(),
                "hasRoutes": !manifest.routes.is_empty(),
                "tools": manifest.tools.iter().map(|tool| &tool.name).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "plugins": plugins })
}

fn rpc_code(error: &RpcError) -> i64 {
    match error {
        RpcError::Unknown(_) => code::METHOD_NOT_FOUND,
        RpcError::Params { .. } => code::INVALID_PARAMS,
        RpcError::Result { .. } | RpcError::Call { .. } => code::PLUGIN_FAILED,
    }
}
