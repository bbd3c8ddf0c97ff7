import { describe, expect, it } from 'vitest';
import { type AblationReport, ablationMarkdown, ablationPlot, renderAblation } from '../index.js';
import { elements, hostile } from '../well-formed.fixture.js';

const comparison = { n: 3, difference: 0.02, interval: [-0.0048, 0.0448], p: 0.25, wins: 2, ties: 1 } as const;

const report: AblationReport = {
  title: 'sampler-ablation',
  facts: [['Backend', 'native']],
  factors: ['sampler'],
  seeds: [0, 1, 4],
  metrics: [
    {
      name: 'kNN top-1',
      format: 'percent',
      rows: [
        {
          ...{ levels: ['all'], values: [0.75, 0.76, 0.77], mean: 0.76, standardDeviation: 0.01 },
          ...{ baseline: 0, comparison: null },
        },
        {
          ...{ levels: ['both'], values: [0.78, 0.76, 0.8], mean: 0.78, standardDeviation: 0.02 },
          ...{ baseline: 0, comparison },
        },
        {
          ...{ levels: ['half'], values: [null, 0.755, null], mean: 0.755, standardDeviation: null },
          ...{ baseline: 0, comparison: { n: 1, difference: -0.005, interval: null, p: 1, wins: 0, ties: 0 } },
        },
        {
          levels: ['none'],
          values: [null, null, null],
          mean: null,
          standardDeviation: null,
          baseline: 0,
          comparison: null,
        },
      ],
    },
  ],
  notes: ['8 runs are missing'],
};

/** One cell of the first metric changed. */
const withRow = (change: object): AblationReport => ({
  ...report,
  metrics: [{ ...report.metrics[0]!, rows: [{ ...report.metrics[0]!.rows[0]!, ...change }] }],
});

const everywhere: AblationReport = {
  ...report,
  title: hostile,
  subtitle: hostile,
  facts: [[hostile, hostile]],
  factors: [hostile],
  metrics: report.metrics.map((metric) => ({
    ...metric,
    name: hostile,
    rows: metric.rows.map((row) => ({ ...row, levels: [hostile] })),
  })),
  notes: [hostile],
};

describe('as Markdown', () => {
  it('has a line a condition, what it was compared with, each figure, and how to read them', () => {
    expect(ablationMarkdown(report)).toBe(`# sampler-ablation

- Backend: native

## kNN top-1

| sampler |  seeds |      mean ± sd | difference, points |  95 % interval |    p |           above |
| ------- | -----: | -------------: | -----------------: | -------------: | ---: | --------------: |
| all     |      3 | 76.00 ± 1.00 % |           baseline |                |      |                 |
| both    |      3 | 78.00 ± 2.00 % |              +2.00 | −0.48 to +4.48 | 0.25 | 2 of 3, 1 equal |
| half    | 1 of 3 |        75.50 % |              −0.50 |              – |    1 |          0 of 1 |
| none    | 0 of 3 |              – |                  – |              – |    – |               – |

| sampler |  seed 0 |  seed 1 |  seed 4 |
| ------- | ------: | ------: | ------: |
| all     | 75.00 % | 76.00 % | 77.00 % |
| both    | 78.00 % | 76.00 % | 80.00 % |
| half    |       – | 75.50 % |       – |
| none    |       – |       – |       – |

- 8 runs are missing
- ± is the sample standard deviation over seeds.
- Differences to the baseline are means over pairs of equal seeds; the interval is Student’s for 95 %, p the exact two-sided sign-flip test’s.
- 3 pairs are few: p cannot be below 0.25.
- 2 comparisons are made, and none is corrected for the others.
`);
  });

  it('keeps text in its cell', () => {
    const text = ablationMarkdown(everywhere);
    expect(text).not.toContain('\u0000');
    expect(text).not.toMatch(/(?<!\\)<script/);
    const piped = ablationMarkdown({ ...report, factors: ['a|b\nc~d~'] });
    expect(piped).toContain('| a\\|b c\\~d\\~ |');
    const lines = piped.split('\n').filter((line) => line.startsWith('|'));
    expect(new Set(lines.slice(0, 6).map((line) => line.split(/(?<!\\)\|/).length))).toEqual(new Set([9]));
  });

  it('shows numbers as they are', () => {
    const numbers = { ...report, metrics: report.metrics.map((metric) => ({ ...metric, format: 'number' as const })) };
    expect(ablationMarkdown(numbers)).toContain('| 0.78 ± 0.02 |      +0.02 | −0.0048 to +0.0448 |');
  });
});

describe('as a page', () => {
  it('is well-formed, with a plot and two tables a metric, and all of the Markdown in words', () => {
    const html = renderAblation(report);
    const found = elements(html);
    expect([found.get('table'), found.get('svg'), found.get('h2')].map((all) => all?.length)).toEqual([2, 1, 2]);
    for (const text of [
      '78.00 ± 2.00 %',
      '+2.00',
      '−0.48 to +4.48',
      '2 of 3, 1 equal',
      '8 runs are missing',
      '77.00 %',
    ]) {
      expect(html).toContain(text);
    }
    // seven figures of kNN, and four differences to the baseline
    expect(found.get('circle')).toHaveLength(7 + 4);
  });

  it('escapes whatever text it is given, everywhere, and asks nothing of the network', () => {
    const html = renderAblation(everywhere);
    expect(elements(html).has('script')).toBe(false);
    expect(html).not.toContain('\u0000');
    expect(html.split('&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)').length).toBeGreaterThanOrEqual(15);
    expect(html).not.toMatch(/\p{Cs}/u);
    expect(html).not.toMatch(/\b(src|href)="(?!data:)/);
  });

  it('says so where nothing is measured yet', () => {
    const empty = withRow({ values: [null, null, null], mean: null, standardDeviation: null });
    expect(renderAblation(empty)).toContain('no values yet');
    expect(elements(renderAblation({ ...report, metrics: [] })).has('table')).toBe(false);
  });
});

describe('as a plot', () => {
  const at = (svg: string, name: string) =>
    [...svg.matchAll(new RegExp(`<${name === 'dot' ? 'circle' : 'line'} class="ab-${name}"[^>]*>`, 'g'))].map(([tag]) =>
      Object.fromEntries([...tag.matchAll(/(\w+)="([\d.]+)"/g)].map(([, key, value]) => [key, Number(value)])),
    );

  it('places dots, means and deviations on one scale, differences on another around 0', () => {
    const svg = ablationPlot(report);
    expect([...elements(svg).keys()]).not.toContain('script');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    const dots = at(svg, 'dot');
    const [a, b, c] = dots as [Record<string, number>, Record<string, number>, Record<string, number>];
    // 75, 76 and 77 % are equally far apart, and the mean of the three is where the second is
    expect(c.cx! - b.cx!).toBeCloseTo(b.cx! - a.cx!, 0);
    expect(at(svg, 'mean')[0]!.x1).toBeCloseTo(b.cx!, 0);
    const bar = at(svg, 'bar')[0]!;
    expect([bar.x1, bar.x2].map((x) => x!.toFixed(0))).toEqual([a.cx!, c.cx!].map((x) => x.toFixed(0)));
    // the pair that is equal lies on the line of no difference
    const zero = at(svg, 'base')[1]!.x1!;
    expect(dots.filter(({ cx }) => Math.abs(cx! - zero) < 0.11)).toHaveLength(1);
    expect(svg).toContain('<title>both, seed 4: +3.00</title>');
  });

  it('cuts off an interval that is far longer than the dots lie apart', () => {
    const wide = { ...comparison, interval: [-3, 3] as const };
    const rows = report.metrics[0]!.rows.map((row, i) => (i === 1 ? { ...row, comparison: wide } : row));
    const svg = ablationPlot({ ...report, metrics: [{ ...report.metrics[0]!, rows }] });
    for (const { x1, x2 } of at(svg, 'bar')) expect(x1! >= 190 && x2! <= 740).toBe(true);
    // differences span 3.5 points: they still have a good part of the panel
    const ends = at(svg, 'dot')
      .map(({ cx }) => cx!)
      .filter((cx) => cx > 450);
    expect(Math.max(...ends) - Math.min(...ends)).toBeGreaterThan(60);
  });
});

it.each<[string, AblationReport, string]>([
  ['no title', { ...report, title: ' ' }, 'A report needs a title, got an empty one'],
  ['levels', withRow({ levels: [] }), 'Row 0 of kNN top-1 has 0 levels for 1 factors: give one a factor'],
  ['values', withRow({ values: [1] }), 'Row 0 of kNN top-1 has 1 values for 3 seeds: give one a seed, null where'],
  [
    'a value',
    withRow({ values: [1, Number.NaN, null] }),
    'Row 0 of kNN top-1 has a value NaN: every one must be finite',
  ],
  ['a baseline', withRow({ baseline: 2 }), 'Row 0 of kNN top-1 is compared with row 2 of 1: give one that is there'],
])('refuses %s that cannot be shown', (_, wrong, message) => {
  for (const render of [ablationMarkdown, ablationPlot, renderAblation]) {
    expect(() => render(wrong)).toThrow(RangeError);
    expect(() => render(wrong)).toThrow(message);
  }
});
