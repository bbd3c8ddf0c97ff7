const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in an element or a quoted attribute; characters that HTML forbids become U+FFFD. */
export function escapeHtml(text: string | number): string {
  return String(text)
    .replace(/[&<>"']/g, (character) => entities[character]!)
    .replace(/[^\P{Cc}\t\n\r]|\p{Cs}/gu, '\uFFFD');
}
