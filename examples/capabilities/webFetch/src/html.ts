const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

const decoded = (text: string): string =>
  text.replace(/&(#x?[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

const tidy = (text: string): string => decoded(text).replace(/[ \t]+/g, " ").replace(/ ?\n[ \n]*/g, "\n").trim();

/** What stands between `<title>` and its end. */
export const title = (html: string): string | undefined => {
  const found = /<title[^>]*>([^<]*)<\/title>/i.exec(html);
  return found ? tidy(found[1]) : undefined;
};

/** The words of a page, or the same with headings and links as Markdown. */
export const words = (html: string, markdown: boolean): string => {
  let text = html.replace(/<(script|style|head|template)\b[^>]*>[^]*?<\/\1\s*>/gi, "").replace(/<!--[^]*?-->/g, "").replace(/\s+/g, " ");
  if (markdown) {
    text = text.replace(/<h([1-6])\b[^>]*>/gi, (_, level) => `\n\n${"#".repeat(Number(level))} `);
    text = text.replace(/<a\b[^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/gi, "[$2]($1)").replace(/<li\b[^>]*>/gi, "\n- ");
  }
  return tidy(text.replace(/<(br|\/?(p|div|h[1-6]|li|tr|table|ul|ol|section|article))\b[^>]*>/gi, "\n").replace(/<[^>]*>/g, ""));
};
