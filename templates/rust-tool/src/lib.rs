use serde::{Deserialize, Serialize};
use wa_plugin::{Reply, Result, Turn, Wa, plugin};

/// Stands in for your order system. Replace it with `wa.fetch(…)`, and declare the origin under `permissions.network`.
const ORDERS: [(&str, &str); 3] = [("1001", "being packed"), ("1002", "on its way"), ("1003", "delivered")];

#[derive(Serialize, Deserialize)]
struct Lookup {
    number: String,
}

#[derive(Serialize, Deserialize)]
struct Order {
    number: String,
    found: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
}

#[derive(Deserialize)]
struct Config {
    greeting: String,
}

fn lookup(Lookup { number }: Lookup, wa: &Wa) -> Result<Order> {
    let lookups: u64 = wa.storage().get("lookups")?.unwrap_or(0);
    wa.storage().set("lookups", lookups + 1)?;
    let status = ORDERS.iter().find(|(known, _)| *known == number).map(|(_, status)| (*status).to_owned());
    Ok(Order { number, found: status.is_some(), status })
}

fn answer(turn: Turn, wa: &Wa) -> Result<Option<Reply>> {
    let number: String = turn.message.text.chars().filter(char::is_ascii_digit).collect();
    if number.is_empty() {
        let config: Config = wa.config()?;
        return Ok(Some(Reply::new(format!("{}! Send me the number of your order.", config.greeting))));
    }
    let order: Order = wa.tools().call("{{ tool }}", Lookup { number })?;
    Ok(Some(Reply::new(match order.status {
        Some(status) => format!("Order {} is {status}.", order.number),
        None => format!("I know no order {}.", order.number),
    })))
}

plugin! {
    tool "{{ tool }}" => lookup,
    agent "" => answer,
}
