type Prices = readonly { readonly prefix: string; readonly perMinute: number }[];

/** Prices by prefix as people paste them: a line each, prefix and price with a comma or a point. Undefined when one is not that. */
export function pricesOf(text: string): { prefix: string; perMinute: number }[] | undefined {
  const prices: { prefix: string; perMinute: number }[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const found = /^\s*(\+?[0-9]{1,20})[\s;,]+([0-9]{1,4}(?:[.,][0-9]{1,6})?)\s*$/.exec(line);
    if (found === null) return undefined;
    prices.push({ prefix: found[1] ?? "", perMinute: Number((found[2] ?? "").replace(",", ".")) });
  }
  return prices;
}

export function pricesText(prices: Prices): string {
  return prices.map(({ prefix, perMinute }) => `${prefix} ${perMinute}`).join("\n");
}
