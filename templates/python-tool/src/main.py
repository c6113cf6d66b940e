import re

from wa_plugin import Plugin

plugin = Plugin()

# Stands in for your order system. Replace it with `wa.fetch(…)`, and declare the origin under `permissions.network`.
ORDERS = {"1001": "being packed", "1002": "on its way", "1003": "delivered"}


@plugin.tool("{{ tool }}")
def lookup(input, wa):
    number = input["number"]
    wa.storage.set("lookups", (wa.storage.get("lookups") or 0) + 1)
    if number not in ORDERS:
        return {"number": number, "found": False}
    return {"number": number, "found": True, "status": ORDERS[number]}


@plugin.agent
def agent(turn, wa):
    number = re.search(r"\d+", turn["message"]["text"])
    if number is None:
        return {"text": f"{wa.config['greeting']}! Send me the number of your order."}
    order = wa.call_tool("{{ tool }}", {"number": number[0]})
    if not order["found"]:
        return {"text": f"I know no order {number[0]}."}
    return {"text": f"Order {number[0]} is {order['status']}."}


plugin.run()
