/** Opens and closes every tag in turn; throws where they do not match. Returns the elements by name. */
export function elements(html: string): Map<string, Record<string, string>[]> {
  const found = new Map<string, Record<string, string>[]>();
  const open: string[] = [];
  const body = html.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/, '');
  const token = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gy;
  for (const [, closing, name, attributes, selfClosing, text, stray] of body.matchAll(token)) {
    if (stray) throw new Error(`stray < inside ${open.join(' > ')}`);
    for (const piece of [text, attributes]) {
      if (piece && /&(?!(amp|lt|gt|quot|#39);)/.test(piece)) throw new Error(`bare & in ${piece.slice(0, 80)}`);
    }
    if (!name) continue;
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const pairs = [...(attributes ?? '').matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
    found.set(name, [...(found.get(name) ?? []), Object.fromEntries(pairs)]);
    if (!selfClosing) open.push(name);
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`);
  return found;
}

/** Text that breaks a page if it is put in as it is. */
export const hostile = `</title><script>alert("1")</script> & 'quotes' \u0000\ud800`;
