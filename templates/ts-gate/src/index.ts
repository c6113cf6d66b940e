import { block, definePlugin } from "wa";

/** Sixteen digits, with or without spaces between groups of four: a payment card's number. */
const card = /\b(?:\d{4}[ -]?){3}\d{4}\b/g;

export default definePlugin({
  hooks: {
    // Sees every message that leaves, whoever sent it: an agent, a tool, a plugin or `wa send`.
    "message.sending": async (draft, wa) => {
      const text = draft.text ?? "";
      const word = wa.config.forbidden.find((word) => text.toLowerCase().includes(word.toLowerCase()));
      if (word !== undefined) {
        return block(`the message holds the forbidden word "${word}"`);
      }
      return { ...draft, text: text.replace(card, "[card number]") };
    },
  },
});
