import { escapeHtml } from './escape-html.js';
import { style } from './style.js';

/** Nothing is loaded, from anywhere: images are in the page, and there is no script. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** What every page of ours has. */
export interface HtmlPage {
  readonly title: string;
  readonly subtitle?: string;
  readonly facts: readonly (readonly [label: string, value: string | number])[];
  /** Rules beside those of all pages. */
  readonly style?: string;
  /** Markup. */
  readonly main: string;
}

/** A page that needs nothing else, around its sections. */
export function htmlPage({ title, subtitle, facts, style: more = '', main }: HtmlPage): string {
  const terms = facts.map(([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<link rel="icon" href="data:,"/>
<title>${escapeHtml(title)}</title>
<style>${style}${more}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
${subtitle ? `<p class="subtitle">${escapeHtml(subtitle)}</p>` : ''}
${terms.length > 0 ? `<dl>${terms.join('')}</dl>` : ''}
</header>
<main>
${main}
</main>
</body>
</html>
`;
}
