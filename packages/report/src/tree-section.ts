import { escapeHtml } from './escape-html.js';
import { formatNumber } from './format-number.js';
import type { PrototypeNode, PrototypeTree, ReportImage } from './prototype-tree.js';
import { pngDataUri, shrink, thumbnailSide } from './thumbnail.js';

/** The classes of a prototype's images, most frequent first. */
function ranked(labels: PrototypeNode['labels']): [name: string, count: number][] {
  return Object.entries(labels ?? {})
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
}

const whole = (classes: readonly (readonly [string, number])[]) => classes.reduce((sum, [, count]) => sum + count, 0);

function composition(labels: PrototypeNode['labels']): string {
  const classes = ranked(labels);
  const [first] = classes;
  if (!first) return '';
  const all = whole(classes);
  const share = (count: number) => `${Math.round((count / all) * 100)} %`;
  const text = classes.map(([name, count]) => `${name} ${share(count)}`).join(', ');
  let from = 0;
  const parts = classes.map(([, count], i) => {
    const width = (count / all) * 100;
    const part = `<rect class="${i === 0 ? 'first' : i % 2 ? 'odd' : 'even'}" x="${from.toFixed(1)}%" width="${width.toFixed(1)}%" height="100%"/>`;
    from += width;
    return part;
  });
  return `<span class="class">${escapeHtml(first[0])} ${share(first[1])}</span><svg class="classes" role="img" aria-label="${escapeHtml(`Classes: ${text}`)}"><title>${escapeHtml(text)}</title>${parts.join('')}</svg>`;
}

function strip(node: PrototypeNode, side: number): string {
  const expected = ranked(node.labels)[0]?.[0];
  const one = (image: ReportImage, i: number) => {
    const { width, height } = image;
    const other = image.label !== undefined && expected !== undefined && image.label !== expected;
    const text = escapeHtml(image.label ?? `Image ${i + 1}`);
    return `<img src="${pngDataUri(shrink(image, side))}" width="${width}" height="${height}" alt="${text}" title="${text}"${other ? ' class="other"' : ''}/>`;
  };
  return node.images.length > 0 ? `<span class="images">${node.images.map(one).join('')}</span>` : '';
}

function facts({ level, id, count, concentration, labels }: PrototypeNode): string {
  return `<span class="facts"><span class="name"><i>L${level + 1}</i>${id}</span><span>${formatNumber(count)} ${count === 1 ? 'image' : 'images'}</span><span title="Concentration">φ ${formatNumber(concentration, 3)}</span>${composition(labels)}</span>`;
}

function nodeHtml(node: PrototypeNode, side: number, open: boolean): string {
  const shown = facts(node) + strip(node, side);
  if (node.children.length === 0) return `<li class="leaf">${shown}</li>`;
  const below = bySize(node.children).map((child, i) => nodeHtml(child, side, open && i === 0));
  const leaves = node.children.every(({ children }) => children.length === 0);
  return `<li><details${open ? ' open="open"' : ''}><summary>${shown}</summary><ul class="${leaves ? 'leaves' : 'branch'}">
${below.join('\n')}
</ul></details></li>`;
}

const bySize = (nodes: readonly PrototypeNode[]) => [...nodes].sort((a, b) => b.count - a.count || a.id - b.id);

function nodesOf(nodes: readonly PrototypeNode[]): PrototypeNode[] {
  return nodes.flatMap((node) => [node, ...nodesOf(node.children)]);
}

/** The hierarchy: prototypes by the images nearest to them, those of the coarsest level on top, the others inside their parents. */
export function treeSection({ roots }: PrototypeTree): string {
  const nodes = nodesOf(roots);
  const levels = Math.max(0, ...nodes.map(({ level }) => level + 1));
  const perLevel = Array.from({ length: levels }, (_, level) => nodes.filter((node) => node.level === level).length);
  const side = thumbnailSide(nodes.flatMap(({ images }) => images));
  const [nested, pictured] = [levels > 1, nodes.some(({ images }) => images.length > 0)];
  const classes = nodes.some(({ labels }) => labels !== undefined);
  const how = [
    `${perLevel.toReversed().join(' → ')} prototypes${nested ? ', coarsest to finest' : ''}${pictured ? '; each is shown by the images nearest to it, the nearest first' : ''}.`,
    ...(nested ? ['Open one to see the prototypes below it; L1 is the finest level.'] : []),
    'φ is the concentration: small for a cluster that is compact and large.',
    ...(classes
      ? [
          `The bar gives the classes of its images, the most frequent in colour${pictured ? '; an image of another class has a dashed frame' : ''}.`,
        ]
      : []),
  ];
  return `<p class="how">${how.join(' ')}</p>
<ul class="tree branch">
${bySize(roots)
  .map((root, i) => nodeHtml(root, side, i === 0))
  .join('\n')}
</ul>`;
}
