import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { prototypeTree, type ReportImage, type ReportInput, renderReport } from './index.js';
import { elements, hostile } from './well-formed.fixture.js';

function noise(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
}

function noisyTree(counts: readonly number[], shape: Pick<ReportImage, 'width' | 'height' | 'channels'>) {
  const random = noise(7);
  const pixels = Array.from({ length: 16 }, () =>
    Uint8Array.from({ length: shape.width * shape.height * shape.channels }, () => random() * 256),
  );
  const image = (data: Uint8Array, label: string): ReportImage => ({ ...shape, data, label });
  return prototypeTree(
    counts.map((count, level) => {
      const above = counts[level + 1];
      const ids = Array.from({ length: count }, (_, id) => id);
      return {
        counts: ids.map((id) => 10 + id),
        concentration: ids.map(() => 0.1 + random() / 10),
        parents: above === undefined ? null : ids.map((id) => id % above),
        images: ids.map((id) =>
          Array.from({ length: 8 }, (_, i) => image(pixels[(id + i) % 16]!, i < 6 ? 'Shirt' : 'Coat')),
        ),
        labels: ids.map((id) => ({ Shirt: 6 + id, Coat: 4 })),
      };
    }),
  );
}

const plain: ReportInput = {
  title: 'A run',
  facts: [
    ['Seed', 0],
    ['Backend', 'wasm'],
  ],
  results: {
    columns: ['kNN top-1', 'Linear top-1'],
    rows: [
      { name: 'trained', values: [0.7971, 0.8524], highlight: true },
      { name: 'raw pixels', values: [0.789, Number.NaN], note: 'no encoder' },
    ],
  },
  curves: [{ title: 'Loss', xLabel: 'epoch', series: [{ name: 'total', x: [1, 2, 3], y: [7, 6.5, 6] }] }],
};

describe('the page', () => {
  it('is well-formed, with everything in it', () => {
    const found = elements(
      renderReport({
        ...plain,
        subtitle: 'Short',
        tree: noisyTree([6, 2], { width: 4, height: 4, channels: 1 }),
        warnings: ['The rank of the features falls', 'It has fallen'],
        notes: ['Note'],
      }),
    );
    expect(found.get('h2')).toHaveLength(5);
    expect(found.get('figure')).toHaveLength(1);
    expect(found.get('details')).toHaveLength(2);
    expect(found.get('img')).toHaveLength(8 * 8);
  });

  it('is well-formed with nothing but a title', () => {
    const html = renderReport({ title: 'Empty', facts: [], results: { columns: [], rows: [] }, curves: [] });
    expect(elements(html).get('h2')).toBeUndefined();
  });

  it('lists warnings', () => {
    const warnings = ['The rank falls', 'It has fallen'];
    expect(renderReport({ ...plain, warnings })).toContain('<li>The rank falls</li>\n<li>It has fallen</li>');
    expect(renderReport({ ...plain, warnings: [] })).not.toContain('Warnings');
  });

  it('escapes whatever text it is given, everywhere', () => {
    const pixel: ReportImage = { width: 1, height: 1, channels: 1, data: Uint8Array.of(0), label: hostile };
    const html = renderReport({
      title: hostile,
      subtitle: hostile,
      facts: [[hostile, hostile]],
      results: { columns: [hostile], rows: [{ name: hostile, values: [0.5], note: hostile }] },
      curves: [
        {
          title: hostile,
          xLabel: hostile,
          yLabel: hostile,
          series: [{ name: hostile, x: [0, 1], y: [0, 1] }],
          marks: [{ x: 0.5, label: hostile }],
        },
      ],
      tree: prototypeTree([
        { counts: [1], concentration: [1], parents: null, images: [[pixel]], labels: [{ [hostile]: 1 }] },
      ]),
      warnings: [hostile],
      notes: [hostile],
    });
    expect(elements(html).has('script')).toBe(false);
    expect(html).not.toContain('\u0000');
    expect(html.split('&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)').length).toBeGreaterThanOrEqual(15);
    expect(html).not.toMatch(/\p{Cs}/u);
  });

  it('asks nothing of the network', () => {
    const html = renderReport({ ...plain, tree: noisyTree([4, 2], { width: 4, height: 4, channels: 3 }) });
    const targets = [...html.matchAll(/\b(?:src|href|srcset|action|poster|data)="([^"]*)"/g)].map(
      ([, target]) => target!,
    );
    expect(targets.length).toBeGreaterThan(6 * 8);
    expect(targets.filter((target) => !target.startsWith('data:'))).toEqual([]);
    expect(html).not.toMatch(/https?:|url\(|@import|@font-face|<script/i);
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
  });

  it('gives every image a text, every figure a text, the table its headings', () => {
    const found = elements(renderReport({ ...plain, tree: noisyTree([2], { width: 2, height: 2, channels: 4 }) }));
    expect(
      found
        .get('img')!
        .map(({ alt }) => alt)
        .slice(0, 8),
    ).toEqual([...Array(6).fill('Shirt'), 'Coat', 'Coat']);
    const figures = found.get('svg')!.filter(({ role }) => role === 'img');
    expect(figures.map((svg) => svg['aria-label'])).toEqual([
      'Loss by epoch: total from 7 to 6',
      'Classes: Shirt 64 %, Coat 36 %',
      'Classes: Shirt 60 %, Coat 40 %',
    ]);
    expect(found.get('svg')!.every((svg) => svg.role === 'img' || svg['aria-hidden'] === 'true')).toBe(true);
    expect(found.get('th')!.map(({ scope }) => scope)).toEqual(['col', 'col', 'row', 'row']);
  });

  it('stays the same for the same input', () => {
    expect(renderReport(plain)).toBe(renderReport(plain));
  });
});

describe('the table', () => {
  const cells = (html: string) =>
    [...html.matchAll(/<tr[^>]*><th scope="row">.*?<\/tr>/g)].map(([row]) =>
      [...row.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell]) => cell!.replace(/<[^>]*>/g, '')),
    );

  it('shows every value in its place, as per cent', () => {
    expect(cells(renderReport(plain))).toEqual([
      ['79.7 %', '85.2 %'],
      ['78.9 %', '–'],
    ]);
  });

  it('shows numbers as they are on request', () => {
    const results = {
      columns: ['a', 'b'],
      rows: [{ name: 'x', values: [12480, -0.12345] }],
      format: 'number' as const,
    };
    expect(cells(renderReport({ ...plain, results }))).toEqual([['12,480', '−0.1235']]);
  });

  it('sets the highest of a column in bold and puts dots in the order of the values', () => {
    const rows = [0.797, 0.764, 0.789].map((value) => ({ name: String(value), values: [value] }));
    const html = renderReport({ ...plain, results: { columns: ['kNN'], rows } });
    expect([...html.matchAll(/<td><b>([^<]*)/g)].map(([, text]) => text)).toEqual(['79.7 %']);
    // The scale is 76 to 80 %: 0.797 stands at (79.7 − 76) / 4.
    expect([...html.matchAll(/cx="([\d.]+)%"/g)].map(([, at]) => Number(at))).toEqual([92.5, 10, 72.5]);
    expect(html).toContain('<span>76.0 %</span><span>80.0 %</span>');
  });
});

describe('the prototypes', () => {
  const tree = noisyTree([4, 2, 1], { width: 3, height: 2, channels: 3 });

  it('nests each prototype in its parent, largest first', () => {
    const html = renderReport({ ...plain, curves: [], tree });
    const ids = [...html.matchAll(/<i>L(\d)<\/i>(\d+)/g)].map(([, level, id]) => `${level}:${id}`);
    // Counts are 10 + id, parents id % (prototypes above).
    expect(ids).toEqual(['3:0', '2:1', '1:3', '1:1', '2:0', '1:2', '1:0']);
    expect(html).toContain('1 → 2 → 4 prototypes');
  });

  it('shows the pixels it was given', () => {
    const html = renderReport({ ...plain, curves: [], tree });
    const [first] = [...html.matchAll(/src="data:image\/png;base64,([^"]*)"/g)];
    const png = decode(Buffer.from(first![1]!, 'base64'));
    expect([png.width, png.height, png.channels]).toEqual([3, 2, 3]);
    expect([...png.data]).toEqual([...tree.roots[0]!.images[0]!.data]);
  });

  it('says the share of the most frequent class and marks images of another', () => {
    const html = renderReport({ ...plain, curves: [], tree });
    expect(html).toContain('<span class="class">Shirt 60 %</span>');
    expect(html.match(/alt="Coat" title="Coat" class="other"/g)).toHaveLength(7 * 2);
    expect(html).not.toContain('alt="Shirt" title="Shirt" class="other"');
  });

  it.each([
    ['grey', { width: 28, height: 28, channels: 1 as const }],
    ['colour', { width: 96, height: 96, channels: 3 as const }],
  ])('stays under 3 MB with 10, 40 and 120 prototypes of 8 %s images', (_, shape) => {
    const html = renderReport({ ...plain, tree: noisyTree([120, 40, 10], shape) });
    expect(html.length).toBeLessThan(3_000_000);
    expect(elements(html).get('img')).toHaveLength(170 * 8);
  });
});

describe('the views', () => {
  const random = noise(3);
  const image = (side: number, channels: 1 | 3 = 3, label?: string): ReportImage => ({
    width: side,
    height: side,
    channels,
    data: Uint8Array.from({ length: side * side * channels }, () => random() * 256),
    ...(label !== undefined && { label }),
  });
  const pictures = (html: string) =>
    elements(html)
      .get('img')!
      .map((img) => ({
        alt: img.alt,
        size: `${img.width} ${img.height}`,
        style: img.class,
        png: decode(Buffer.from(img.src!.split(',')[1]!, 'base64')),
      }));

  it('stand beside their image, each with a text, under a caption a column', () => {
    const rows = ['Coat', 'Bag'].map((label) => ({
      original: image(28, 1, label),
      views: [image(28, 1), image(28, 1)],
    }));
    const html = renderReport({ ...plain, views: { rows } });
    const shown = pictures(html);
    expect(shown.map(({ alt }) => alt)).toEqual(
      ['Coat', 'Bag'].flatMap((name) => ['Original', 'View 1', 'View 2'].map((column) => `${name}, ${column}`)),
    );
    expect(html).toContain('<h2 id="views">What the network sees</h2>');
    const captions = [...html.matchAll(/<th scope="(?:col|row)"[^>]*>([^<]*)/g)].map(([, text]) => text);
    expect(captions.slice(-5)).toEqual(['Original', 'View 1', 'View 2', 'Coat', 'Bag']);
    rows.forEach(({ original, views }, row) => {
      [original, ...views].forEach(({ data }, column) => {
        expect([...shown[3 * row + column]!.png.data]).toEqual([...data]);
      });
    });
    expect(new Set(shown.map(({ size, style }) => `${size} ${style}`))).toEqual(new Set(['112 112 pixels']));
  });

  it('keep their sizes to each other, on the page and in pixels', () => {
    const views = [image(224), image(96)];
    const shown = pictures(renderReport({ ...plain, views: { rows: [{ original: image(250), views }] } }));
    expect(shown.map(({ alt }) => alt)).toEqual(['Image 1, Original', 'Image 1, View 1', 'Image 1, View 2']);
    expect(shown.map(({ size }) => size)).toEqual(['128 128', '128 128', '55 55']);
    expect(shown.map(({ png }) => png.width)).toEqual([128, 128, 55]);
    expect(shown.map(({ style }) => style)).toEqual([undefined, undefined, undefined]);
  });

  it('have the captions given', () => {
    const rows = [{ original: image(2), views: [image(2), image(2)] }];
    const html = renderReport({ ...plain, views: { rows, labels: ['weak', hostile] } });
    expect(pictures(html).map(({ alt }) => alt?.slice(0, 24))).toEqual(
      ['Image 1, Original', 'Image 1, weak', 'Image 1, &lt;/title&gt;&lt;'].map((text) => text.slice(0, 24)),
    );
    expect(elements(html).has('script')).toBe(false);
  });

  it('take a bounded place, however many and large they are', () => {
    const [original, view] = [image(300), image(224)];
    const rows = Array.from({ length: 60 }, () => ({ original, views: Array(8).fill(view) as ReportImage[] }));
    const html = renderReport({ ...plain, views: { rows } });
    expect(elements(html).get('img')).toHaveLength(60 * 9);
    expect(html.length).toBeLessThan(3_200_000);
  });

  it('are left out where there are none', () => {
    expect(renderReport({ ...plain, views: { rows: [] } })).toBe(renderReport(plain));
  });
});

describe('input that cannot be drawn', () => {
  const curve = { title: 'Loss', xLabel: 'epoch' };
  const image: ReportImage = { width: 2, height: 2, channels: 1, data: new Uint8Array(4) };
  const node = { level: 0, id: 5, count: 1, concentration: 0.1, images: [image], children: [] };
  const row = { name: 'trained', values: [0.5] };
  const refused: [string, Partial<ReportInput>, RegExp][] = [
    ['no title', { title: ' ' }, /needs a title/],
    ['too few values', { results: { columns: ['a', 'b'], rows: [row] } }, /"trained" has 1 values for 2 columns/],
    [
      '79.7 as a share',
      { results: { columns: ['a'], rows: [{ ...row, values: [79.7] }] } },
      /"trained" is 79.7, .* format: 'number'/,
    ],
    [
      'x without y',
      { curves: [{ ...curve, series: [{ name: 's', x: [1, 2], y: [1] }] }] },
      /"s" of curve "Loss" has 2 x for 1 y/,
    ],
    ['x that is NaN', { curves: [{ ...curve, series: [{ name: 's', x: [Number.NaN], y: [1] }] }] }, /x = NaN at 0/],
    [
      'x that falls',
      { curves: [{ ...curve, series: [{ name: 's', x: [2, 1], y: [1, 1] }] }] },
      /x = 1 after 2: x must ascend/,
    ],
    [
      'a range that falls',
      { curves: [{ ...curve, series: [], yRange: [1, 0] }] },
      /y axis of curve "Loss" goes from 1 to 0: give a range that rises/,
    ],
    [
      'a mark nowhere',
      { curves: [{ ...curve, series: [], marks: [{ x: Number.NaN, label: 'end' }] }] },
      /Mark "end" .* NaN/,
    ],
    [
      'missing pixels',
      { tree: { roots: [{ ...node, images: [{ ...image, width: 3 }] }] } },
      /Image 0 of prototype 5 of level 0 of 3 × 2 × 1 needs 6 values, got 4/,
    ],
    ['no pixels', { tree: { roots: [{ ...node, images: [{ ...image, height: 0 }] }] } }, /size 2 × 0/],
    ['two channels', { tree: { roots: [{ ...node, images: [{ ...image, channels: 2 as 1 }] }] } }, /2 channels/],
    [
      'views without pixels',
      { views: { rows: [{ original: { ...image, width: 3 }, views: [image] }] } },
      /original of row 0/,
    ],
    [
      'ragged views',
      {
        views: {
          rows: [
            { original: image, views: [image] },
            { original: image, views: [] },
          ],
        },
      },
      /Row 1 has no views/,
    ],
    [
      'labels without a view',
      { views: { rows: [{ original: image, views: [image] }], labels: ['a', 'b'] } },
      /2 labels were given for 1 views: give one a view/,
    ],
    ['a negative count', { tree: { roots: [{ ...node, children: [{ ...node, count: -1 }] }] } }, /count .* is -1/],
    ['a class count of NaN', { tree: { roots: [{ ...node, labels: { Coat: Number.NaN } }] } }, /"Coat" .* NaN/],
  ];

  it.each(refused)('%s', (_, change, message) => {
    expect(() => renderReport({ ...plain, ...change })).toThrow(RangeError);
    expect(() => renderReport({ ...plain, ...change })).toThrow(message);
  });
});
