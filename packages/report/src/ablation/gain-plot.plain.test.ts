import { describe, expect, it } from 'vitest';
import { type AblationReport, type AblationRow, ablationMarkdown, ablationPlot, renderAblation } from '../index.js';
import { elements, hostile } from '../well-formed.fixture.js';

const row = (level: string, values: readonly (number | null)[], baseline = 0): AblationRow => ({
  ...{ levels: [level], values, mean: null, standardDeviation: null, baseline, comparison: null },
});

const report: AblationReport = {
  ...{ title: 'thresholds', facts: [], factors: ['lower'], seeds: [0, 1], notes: [] },
  metrics: [
    {
      name: 'linear top-1',
      format: 'percent',
      rows: [row('none', [0.5, 0.6]), row('0.9', [0.51, 0.64]), row('0.97', [0.56, null]), row('0.99', [0.5, 0.6])],
    },
    {
      name: 'pair purity',
      format: 'percent',
      rows: [row('none', [null, null]), row('0.9', [0.4, 0.5]), row('0.97', [0.8, 0.9]), row('0.99', [null, null])],
    },
  ],
  gains: [{ of: 'linear top-1', by: 'pair purity' }],
};

const dots = (svg: string) =>
  [...svg.matchAll(/<circle class="ab-dot" cx="([^"]*)" cy="([^"]*)" r="3.2"><title>([^<]*)<\/title>/g)].map(
    ([, x, y, text]) => ({ x: Number(x), y: Number(y), text: text! }),
  );

describe('the plot of a gain', () => {
  const svg = ablationPlot(report).split('<g transform').at(-1)!;

  it('has a dot for each run with both figures, its own minus that of the baseline of its seed', () => {
    expect(dots(svg).map(({ text }) => text)).toEqual([
      '0.9, seed 0: pair purity 40.00 %, linear top-1 +1.00',
      '0.9, seed 1: pair purity 50.00 %, linear top-1 +4.00',
      '0.97, seed 0: pair purity 80.00 %, linear top-1 +6.00',
    ]);
  });

  it('puts them where the axes say', () => {
    const ticks = (pattern: RegExp) =>
      [...svg.matchAll(pattern)].map(([, at, value]) => [Number(at), Number(value!.replace('−', '-'))]);
    const line = (marks: number[][]) => {
      const [[a0, v0], [a1, v1]] = marks as [[number, number], [number, number]];
      return (value: number) => a0 + ((value - v0) / (v1 - v0)) * (a1 - a0);
    };
    const toX = line(ticks(/class="ab-tick" x="([^"]*)" y="317" text-anchor="middle">([^<]*)</g));
    const toY = line(ticks(/class="ab-tick" x="62" y="([^"]*)" dy="0.35em" text-anchor="end">([^<]*)</g));
    const expected = [
      [40, 1],
      [50, 4],
      [80, 6],
    ];
    dots(svg).forEach(({ x, y }, i) => {
      expect(x).toBeCloseTo(toX(expected[i]![0]!), 0);
      expect(y).toBeCloseTo(toY(expected[i]![1]!), 0);
    });
  });

  it('has a letter at the mean of each condition, and what it stands for', () => {
    expect([...svg.matchAll(/<text class="ab-letter"[^>]*>([A-Z]+)</g)].map(([, letter]) => letter)).toEqual([
      'A',
      'B',
      'A',
      'B',
    ]);
    expect(svg).toContain('<title>0.9: pair purity 45.00 %, linear top-1 +2.50</title>');
    expect([...svg.matchAll(/<text class="ab-text"[^>]*>([^<]*)</g)].map(([, name]) => name)).toEqual(['0.9', '0.97']);
  });

  it('is on the page, in words too', () => {
    const found = elements(renderAblation(report));
    expect(
      found
        .get('svg')!
        .map((each) => each['aria-label'])
        .at(-1),
    ).toBe(
      'Gain in linear top-1 by pair purity: 0.9: pair purity 45.00 %, linear top-1 +2.50; 0.97: pair purity 80.00 %, linear top-1 +6.00',
    );
    const { gains: _, ...without } = report;
    expect(renderAblation(without)).not.toContain('<h2 id="gains">');
  });

  it('says so if no run has both, and takes any text', () => {
    const [linear] = report.metrics;
    const none = { ...linear!, name: hostile, rows: linear!.rows.map((each) => ({ ...each, values: [null, null] })) };
    const html = renderAblation({ ...report, metrics: [linear!, none], gains: [{ of: linear!.name, by: hostile }] });
    expect(elements(html).has('script')).toBe(false);
    expect(html).toContain('no run has both yet');
  });

  it('is refused of what is no metric', () => {
    const wrong = { ...report, gains: [{ of: 'linear top-1', by: 'purity' }] };
    for (const render of [renderAblation, ablationPlot, ablationMarkdown]) {
      expect(() => render(wrong)).toThrow(RangeError);
      expect(() => render(wrong)).toThrow('A gain is of purity: there are linear top-1, pair purity');
    }
  });
});

it('tells more conditions than there are letters', () => {
  const many = Array.from({ length: 30 }, (_, i) => row(`c${i}`, [0.5 + i / 100, 0.6]));
  const metrics = report.metrics.map((metric) => ({ ...metric, rows: [row('none', [0.5, 0.6]), ...many] }));
  expect(ablationPlot({ ...report, metrics })).toContain('>AD</text>');
});
