import { definePlugin } from "wa";

/** Stands in for your order system. Replace it with `wa.fetch(…)`, and declare the origin under `permissions.network`. */
const orders = new Map<string, string>([
  ["1001", "being packed"],
  ["1002", "on its way"],
  ["1003", "delivered"],
]);

export default definePlugin({
  tools: {
    {{ tool }}: async ({ number }, wa) => {
      const lookups = ((await wa.storage.get("lookups")) as number | undefined) ?? 0;
      await wa.storage.set("lookups", lookups + 1);
      const status = orders.get(number);
      return status === undefined ? { number, found: false } : { number, found: true, status };
    },
  },

  agent: async ({ message }, wa) => {
    const number = /\d+/.exec(message.text)?.[0];
    if (number === undefined) {
      return { text: `${wa.config.greeting}! Send me the number of your order.` };
    }
    const order = await wa.tools.call("{{ tool }}", { number });
    return { text: order.found ? `Order ${number} is ${order.status}.` : `I know no order ${number}.` };
  },
});
