//! Installs the JavaScript side of the host API and connects it with the state.

use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::function::{Opt, Rest};
use rquickjs::{Ctx, Function, Object, Value};
use runtime_protocol::Start;

use super::json;
use super::state::State;
use crate::logged;

/// The file name of the glue in stacks.
pub(super) const GLUE_FILE: &str = "wa:runtime";

const GLUE: &str = include_str!("glue.js");

/// Runs the glue; the result starts a handler: `(call, handler, payload)`.
pub(super) fn install<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<State<'js>>,
    start: &Start,
) -> rquickjs::Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.filename = Some(GLUE_FILE.to_owned());
    let glue: Function<'js> = ctx.eval_with_options(GLUE, options)?;
    let natives = natives(ctx, state)?;
    let plugin = Object::new(ctx.clone())?;
    plugin.set("id", start.plugin.id.as_str())?;
    plugin.set("version", start.plugin.version.as_str())?;
    natives.set("plugin", plugin)?;
    natives.set("config", json::parse(ctx, &start.config)?)?;
    if start.now.is_some() {
        let told = Rc::clone(state);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since the epoch stay below 2^53")]
        let now = move || told.now.get().unwrap_or_default() as f64;
        natives.set("now", Function::new(ctx.clone(), now)?)?;
    }
    glue.call((natives,))
}

/// The functions that the glue is given; plugin code never holds them itself.
fn natives<'js>(ctx: &Ctx<'js>, state: &Rc<State<'js>>) -> rquickjs::Result<Object<'js>> {
    let natives = Object::new(ctx.clone())?;
    let asking = Rc::clone(state);
    let ask = move |ctx: Ctx<'js>, call: f64, method: String, params: Value<'js>| {
        asking.ask(&ctx, id(call), method, params)
    };
    natives.set("ask", Function::new(ctx.clone(), ask)?)?;
    let logging = Rc::clone(state);
    let log = move |ctx: Ctx<'js>, level: String, message: Opt<Value<'js>>, fields: Opt<Value<'js>>| {
        logging.log(&ctx, logged::level(&level), message.0.into_iter().collect(), fields.0);
        logging.meter.is_over()
    };
    natives.set("log", Function::new(ctx.clone(), log)?)?;
    let printing = Rc::clone(state);
    let print = move |ctx: Ctx<'js>, level: String, values: Rest<Value<'js>>| {
        printing.log(&ctx, logged::level(&level), values.0, None);
        printing.meter.is_over()
    };
    natives.set("print", Function::new(ctx.clone(), print)?)?;
    let settling = Rc::clone(state);
    let settle = move |ctx: Ctx<'js>, call: f64, is_ok: bool, value: Value<'js>| {
        settling.settle(&ctx, id(call), is_ok, value);
    };
    natives.set("settle", Function::new(ctx.clone(), settle)?)?;
    Ok(natives)
}

/// The glue hands ids back as it got them, as numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only what came from a u64 below 2^53"
)]
fn id(number: f64) -> u64 {
    number as u64
}
