import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import {
  type PairsReport,
  type ReportImage,
  type ReportPair,
  renderPairs,
  renderReport,
  writePairs,
} from '../index.js';
import { elements, hostile } from '../well-formed.fixture.js';
import { otherThresholds } from './other-thresholds.js';

const image = (from: number, label?: string): ReportImage => ({
  ...{ width: 2, height: 2, channels: 1, data: Uint8Array.of(from, from + 1, from + 2, from + 3) },
  ...(label !== undefined && { label }),
});

const pair = (
  first: number,
  second: number,
  similarity: number | null,
  labels: [string?, string?] = [],
): ReportPair => ({
  images: [first, second],
  similarity,
  pictures: [image(first, labels[0]), image(second, labels[1])],
});

/** 200 bins of 0.01 from −1 to 1. */
function counts(of: Readonly<Record<string, number>>): number[] {
  const bins = Array<number>(200).fill(0);
  for (const [similarity, count] of Object.entries(of)) bins[Math.floor(Number(similarity) * 100 + 100.5)] = count;
  return bins;
}

const report: PairsReport = {
  title: 'Pairs of spps',
  subtitle: 'semanticPairs of stripes',
  facts: [['Encoder', 'moco-v2']],
  pairs: 60,
  duplicates: 3,
  thresholds: { lower: 0.9, upper: 0.95 },
  similarities: {
    from: -1,
    to: 1,
    counts: counts({ 0: 1000, 0.5: 5000, 0.8: 100, 0.89: 70, 0.9: 40, 0.94: 20, 0.98: 3 }),
  },
  purity: {
    share: 0.75,
    chance: 0.1,
    bySimilarity: [
      { similarity: 0.91, share: 0.5, pairs: 30 },
      { similarity: 0.94, share: 1, pairs: 30 },
    ],
  },
  samples: [
    { title: 'Least alike', note: 'Above the lower one.', pairs: [pair(3, 17, 0.90123, ['Coat', 'Shirt'])] },
    { title: 'Most alike', pairs: [pair(20, 40, 0.9499, ['Bag', 'Bag']), pair(50, 60, 0.94)] },
    { title: 'Duplicates', pairs: [pair(70, 80, null, ['Bag', undefined])] },
    { title: 'Others', pairs: [] },
  ],
  classes: [
    { name: 'Coat', images: 10, paired: 4, pairs: 5, within: 3, other: { name: 'Shirt', pairs: 2 } },
    { name: 'Bag', images: 12, paired: 9, pairs: 50, within: 50, other: null },
    { name: 'Sandal', images: 8, paired: 0, pairs: 0, within: 0, other: null },
  ],
  notes: ['Half of the images'],
};

const text = (html: string) =>
  html
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the page', () => {
  it('is well-formed, asks nothing of the network, and says all of it from top to bottom', () => {
    const html = renderPairs(report);
    const found = elements(html);
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/https?:|url\(|@import|<script/i);
    const said = text(html);
    let at = 0;
    for (const part of [
      'Pairs of spps',
      'Encoder moco-v2',
      'How alike the images are The cosines of all 6,233 pairs of images.',
      'under 0.9: not alike enough 6,170',
      '0.9 to 0.95: pairs 60',
      'over 0.95: duplicates 3',
      'All pairs of images',
      'Around the thresholds',
      'With another lower threshold',
      '75.0 % of the pairs are of one class; of pairs at random 10.0 % would be.',
      'Least alike Above the lower one.',
      '0.9012 Coat ≠ Shirt 3 · 17',
      'Most alike 0.9499 Bag 20 · 40 0.9400 50 · 60',
      'Duplicates Bag ≠ ? 70 · 80',
      'Others None.',
      'Bag 12 75.0 % 50 100.0 % –',
      'Coat 10 40.0 % 5 60.0 % Shirt 2 pairs, 40.0 %',
      'Sandal 8 0.0 % 0 – –',
      'Half of the images',
    ]) {
      expect(said.indexOf(part, at), part).toBeGreaterThanOrEqual(at);
      at = said.indexOf(part, at);
    }
    expect(found.get('li')!.filter((item) => item.class === 'card differ')).toHaveLength(1);
    expect(found.get('svg')!.every((svg) => svg.role === 'img' || svg['aria-hidden'] === 'true')).toBe(true);
    expect(found.get('svg')![0]!['aria-label']).toBe(
      'Pairs of images by cosine, from 0 to 0.99, on a logarithmic scale: 60 pairs from 0.9 to 0.95, 3 duplicates above',
    );
  });

  it('shows the images of a pair, pixel by pixel, each with a text', () => {
    const images = elements(renderPairs(report)).get('img')!;
    expect(images.map(({ alt }) => alt).slice(0, 4)).toEqual([
      'Image 3, Coat',
      'Image 17, Shirt',
      'Image 20, Bag',
      'Image 40, Bag',
    ]);
    const pixels = images.map(({ src }) => [...decode(Buffer.from(src!.split(',')[1]!, 'base64')).data]);
    expect(pixels).toEqual([3, 17, 20, 40, 50, 60, 70, 80].map((from) => [from, from + 1, from + 2, from + 3]));
    const named = { ...pair(1, 2, 0.9), names: ['a/1.png', 'b/2.png'] as const };
    const html = renderPairs({ ...report, samples: [{ title: 'Named', pairs: [named] }] });
    expect(
      elements(html)
        .get('img')!
        .map(({ title }) => title),
    ).toEqual(['Image 1, a/1.png', 'Image 2, b/2.png']);
  });

  it('has digits enough to tell similarities apart', () => {
    const cosines = (...all: number[]) =>
      [
        ...text(
          renderPairs({
            ...report,
            samples: [{ title: 'S', pairs: all.map((each) => pair(1, 2, each)) }],
            classes: [],
          }),
        ).matchAll(/(−?[01]\.\d+) 1 · 2/g),
      ].map(([, shown]) => shown);
    expect(cosines(0.97, 0.98765)).toEqual(['0.9700', '0.9877']);
    expect(cosines(0.9992, 0.99949)).toEqual(['0.999200', '0.999490']);
    expect(cosines(-0.25)).toEqual(['−0.2500']);
  });

  it('has nothing that is not known', () => {
    const html = renderPairs({ title: 'Empty', facts: [], pairs: 0, duplicates: 0, thresholds: null, samples: [] });
    expect(elements(html).get('h2')).toBeUndefined();
    const nothing = { from: -1, to: 1, counts: [0, 0] };
    const without = renderPairs({
      ...report,
      pairs: 0,
      duplicates: 0,
      similarities: nothing,
      purity: { share: Number.NaN, chance: 0.1 },
    });
    expect(text(without)).toContain('– of the pairs are of one class');
    expect(without).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('escapes whatever text it is given', () => {
    const shown = { ...pair(1, 2, 0.9, [hostile, `${hostile}2`]), names: [hostile, hostile] as const };
    const html = renderPairs({
      ...{ ...report, title: hostile, subtitle: hostile, facts: [[hostile, hostile]], notes: [hostile] },
      samples: [{ title: hostile, note: hostile, pairs: [shown] }],
      classes: [{ ...report.classes![0]!, name: hostile, other: { name: hostile, pairs: 1 } }],
    });
    expect(elements(html).has('script')).toBe(false);
    expect(html).not.toContain('\u0000');
    expect(html).not.toMatch(/\p{Cs}/u);
  });
});

describe('the figure', () => {
  /** Bars by kind: what each says. */
  function bars(html: string): [kind: string, says: string, width: number, height: number][] {
    const pattern =
      /<rect class="bar (\w+)" x="[^"]*" width="([^"]*)" y="[^"]*" height="([^"]*)"><title>([^<]*)<\/title>/g;
    return [...html.matchAll(pattern)].map(([, kind, width, height, says]) => [
      kind!,
      says!,
      Number(width),
      Number(height),
    ]);
  }

  it('has every pair once in each panel, coloured by the thresholds, on a logarithmic scale', () => {
    const html = renderPairs(report);
    const drawn = bars(html);
    const near = drawn.filter(([, says]) => says.startsWith('0.89') || says.startsWith('0.9'));
    expect(near.map(([kind, says]) => [kind, says])).toEqual(
      expect.arrayContaining([
        ['below', '0.890 to 0.900: 70'],
        ['pair', '0.900 to 0.910: 40'],
        ['pair', '0.940 to 0.950: 20'],
        ['duplicate', '0.980 to 0.990: 3'],
      ]),
    );
    const total = drawn.reduce((sum, [, says]) => sum + Number(says.split(': ')[1]!.replace(',', '')), 0);
    expect(total).toBe(6233 + 100 + 70 + 40 + 20 + 3);
    // ten times as many: as much higher, whatever the number
    const heightOf = (end: string) => drawn.find(([, says]) => says.endsWith(`: ${end}`))![3];
    const decade = (heightOf('1,000') - heightOf('100')) / 1;
    expect((heightOf('5,000') - heightOf('70')) / Math.log10(5000 / 70)).toBeCloseTo(decade, 0);
    expect([...html.matchAll(/<line class="threshold"/g)]).toHaveLength(4);
  });

  it('cuts a bar that a threshold goes through', () => {
    const similarities = { from: 0, to: 1, counts: [10, 10] };
    const html = renderPairs({ ...report, similarities, thresholds: { lower: 0.25, upper: 0.75 } });
    expect(bars(html).map(([kind, , width]) => [kind, width])).toEqual([
      ['below', 199],
      ['pair', 199],
      ['pair', 199],
      ['duplicate', 199],
    ]);
  });

  it('is one panel without thresholds, and says if only some pairs were counted', () => {
    const similarities = { ...report.similarities!, outOf: 50_000 };
    const html = renderPairs({ ...report, thresholds: null, similarities });
    expect(html).not.toContain('Around the thresholds');
    expect(html).not.toContain('class="threshold"');
    expect(text(html)).toContain('The cosines of 6,233 pairs of images, drawn from all 50,000.');
    expect(new Set(bars(html).map(([kind]) => kind))).toEqual(new Set(['pair']));
  });
});

describe('other thresholds', () => {
  it('give the pairs of the bins from there on, a part of a bin by its share', () => {
    const { rows, step } = otherThresholds(
      { from: 0, to: 1, counts: [0, 0, 0, 0, 0, 0, 8, 0, 40, 6] },
      { lower: 0.8, upper: 0.9 },
    );
    expect(step).toBe(0.1);
    expect(rows).toEqual([
      ...[0.2, 0.3, 0.4, 0.5, 0.6].map((lower) => ({ lower, pairs: 48 })),
      { lower: 0.7, pairs: 40 },
    ]);
    const halves = otherThresholds({ from: 0, to: 1, counts: [0, 8] }, { lower: 0, upper: 1 });
    expect(halves.rows.find(({ lower }) => lower === 0.8)).toEqual({ lower: 0.8, pairs: 3 });
  });

  it('are of all pairs if only some were counted', () => {
    const { rows } = otherThresholds({ from: 0, to: 1, counts: [5, 5], outOf: 1000 }, { lower: 0.5, upper: 1 });
    expect(rows[0]).toEqual({ lower: 0, pairs: 1000 });
  });
});

describe('in the report of a run', () => {
  const run = { title: 'spps', facts: [], results: { columns: [], rows: [] }, curves: [] };
  const pairs = { facts: [['Encoder', 'moco-v2']] as const, samples: report.samples, page: 'pairs/pairs.html' };

  it('there are facts and pictures, and the way to the page', () => {
    const html = renderReport({ ...run, pairs });
    const found = elements(html);
    expect(found.get('a')!.map(({ href }) => href)).toEqual(['pairs/pairs.html']);
    expect(found.get('img')).toHaveLength(8);
    expect(text(html)).toContain('Encoder moco-v2');
    expect(text(html)).toContain('0.9012 Coat ≠ Shirt 3 · 17');
    expect(elements(renderReport(run)).has('img')).toBe(false);
    expect(elements(renderReport({ ...run, pairs: { facts: [], samples: [] } })).has('a')).toBe(false);
  });

  it.each([['https://elsewhere.example/p.html'], ['javascript:alert(1)'], ['/pairs.html'], ['//host/pairs.html']])(
    'no way leads elsewhere: %s',
    (page) => {
      expect(() => renderReport({ ...run, pairs: { ...pairs, page } })).toThrow(
        `Cannot lead to the page of pairs at ${page}: give its place from the report's folder`,
      );
    },
  );

  it('pairs that cannot be drawn are refused', () => {
    const samples = [{ title: 'S', pairs: [pair(0, 1, Number.NaN)] }];
    expect(() => renderReport({ ...run, pairs: { ...pairs, samples } })).toThrow(
      'pair 0 of "S" has the similarity NaN',
    );
  });
});

describe('what cannot be shown is refused', () => {
  const [sample] = report.samples;
  const withPair = (change: Partial<ReportPair>) => ({
    samples: [{ title: 'S', pairs: [{ ...sample!.pairs[0]!, ...change }] }],
  });
  const withClass = (change: object) => ({ classes: [{ ...report.classes![0]!, ...change }] });
  it.each<[string, Partial<PairsReport>, string]>([
    ['no title', { title: ' ' }, 'A report needs a title, got an empty one'],
    ['half a pair', { pairs: 0.5 }, 'The report counts 0.5 pairs: give an integer of at least 0'],
    ['fewer than none', { duplicates: -1 }, 'The report counts -1 duplicates: give an integer of at least 0'],
    [
      'thresholds the wrong way',
      { thresholds: { lower: 1, upper: 0 } },
      'The thresholds are 1 and 0: give lower ≤ upper',
    ],
    ['no range', { similarities: { from: 1, to: 1, counts: [1] } }, 'Cannot draw similarities from 1 to 1'],
    ['no bins', { similarities: { from: 0, to: 1, counts: [] } }, 'without bins: give at least one count'],
    [
      'a bin of less than none',
      { similarities: { from: 0, to: 1, counts: [1, -1] } },
      'Bin 1 of the similarities counts -1',
    ],
    [
      'more drawn than there are',
      { similarities: { from: 0, to: 1, counts: [9], outOf: 8 } },
      'of 9 pairs are out of 8',
    ],
    ['a share beyond all', { purity: { share: 1.1, chance: 0 } }, 'A share of pairs is 1.1: give one between 0 and 1'],
    [
      'purity out of order',
      { purity: { ...report.purity!, bySimilarity: report.purity!.bySimilarity!.toReversed() } },
      'The purity at similarity 0.91 comes after 0.94: similarities must rise',
    ],
    ['no similarity', withPair({ similarity: Number.NaN }), 'pair 0 of "S" has the similarity NaN: it must be finite'],
    ['no such image', withPair({ images: [0, -1] }), 'pair 0 of "S" has the image -1: give an integer of at least 0'],
    [
      'missing pixels',
      withPair({ pictures: [image(0), { ...image(0), width: 3 }] }),
      'The second image of pair 0 of "S" of 3 × 2 × 1 needs 6 values, got 4',
    ],
    ['more in pairs than there are', withClass({ paired: 11 }), 'Class "Coat" has 11 of 10 images in pairs'],
    [
      'more pairs in than of a class',
      withClass({ within: 4 }),
      'Class "Coat" has 5 pairs, 4 within and 2 with another',
    ],
  ])('%s', (_, change, message) => {
    expect(() => renderPairs({ ...report, ...change })).toThrow(RangeError);
    expect(() => renderPairs({ ...report, ...change })).toThrow(message);
  });

  it('and leaves the former page', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pairs-'));
    try {
      const path = join(folder, 'pairs.html');
      await writePairs(path, report);
      await expect(writePairs(path, { ...report, title: '' })).rejects.toThrow('needs a title');
      expect(await readFile(path, 'utf8')).toBe(renderPairs(report));
      expect(await readdir(folder)).toEqual(['pairs.html']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
