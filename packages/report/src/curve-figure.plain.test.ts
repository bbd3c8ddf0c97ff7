import { describe, expect, it } from 'vitest';
import { curveFigure } from './curve-figure.js';
import type { Curve } from './index.js';

const attribute = (tag: string, name: string) => Number(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]);

/** From pixels back to data, by the tick labels alone: what a reader with a ruler would do. */
function ruler(svg: string) {
  const ticks = (axis: 'x' | 'y') =>
    [...svg.matchAll(new RegExp(`<text[^>]*\\bdata-${axis}="[^"]*"[^>]*>([^<]*)`, 'g'))].map(([tag, label]) => {
      const shown = Number(label!.replaceAll(',', '').replace('−', '-').replace('e−', 'e-'));
      expect(shown).toBeCloseTo(attribute(tag, `data-${axis}`), 9);
      return { at: attribute(tag, axis), value: shown };
    });
  const inverse = (axis: 'x' | 'y') => {
    const all = ticks(axis);
    const [first, last] = [all[0]!, all[all.length - 1]!];
    return (px: number) => first.value + ((px - first.at) / (last.at - first.at)) * (last.value - first.value);
  };
  return { x: inverse('x'), y: inverse('y'), xs: ticks('x'), ys: ticks('y') };
}

/** The points of each line's stretches, in pixels. */
function paths(svg: string): [x: number, y: number][][][] {
  const figure = svg.slice(svg.indexOf('</figcaption>'));
  return [...figure.matchAll(/<path class="line s\d" d="([^"]*)"\/>/g)].map(([, d]) =>
    d!
      .split('M')
      .slice(1)
      .map((stretch) =>
        stretch
          .replace('h0', '')
          .split('L')
          .map((point) => point.split(' ').map(Number) as [number, number]),
      ),
  );
}

const curve = (x: number[], y: number[], more: Partial<Curve> = {}): Curve => ({
  title: 'Loss',
  xLabel: 'step',
  series: [{ name: 'total', x, y }],
  ...more,
});

const plot = (of: Curve) => {
  const svg = curveFigure(of);
  return { svg, ruler: ruler(svg), lines: paths(svg) };
};

describe('coordinates', () => {
  it('the y axis covers a range that it is given, and more where the lines do', () => {
    const ends = (y: number[], yRange?: [number, number]) => {
      const { ys } = plot(curve([1, 2], y, yRange && { yRange })).ruler;
      return [ys[0]!.value, ys[ys.length - 1]!.value];
    };
    expect(ends([0.1, 0.3], [0, 1])).toEqual([0, 1]);
    expect(ends([0.1, 0.3])[1]).toBeLessThan(0.5);
    expect(ends([0.1, 1.8], [0, 1])).toEqual([0, 2]);
    expect(ends([0.4, 0.4], [0, 1])).toEqual([0, 1]);
  });

  it.each([
    ['a loss', [1, 2, 5, 9, 14], [7.25, 6.5, 4.75, 3.125, 3]],
    ['small rates', [0, 1, 2, 3], [3e-6, 1e-6, 2.5e-6, 0]],
    ['negative values', [-3, -1, 4], [-250, 130, -20]],
    ['large steps', [10_000, 20_000, 60_000], [1_234_000, 1_500_000, 999_000]],
  ])('%s: measured against the ticks, every point stands where it should', (_, x, y) => {
    const { ruler: measure, lines } = plot(curve(x, y));
    const range = (values: number[]) => Math.max(...values) - Math.min(...values);
    expect(lines[0]).toHaveLength(1);
    expect(lines[0]![0]).toHaveLength(x.length);
    lines[0]![0]!.forEach(([px, py], i) => {
      expect(Math.abs(measure.x(px) - x[i]!)).toBeLessThan(range(x) * 2e-3);
      expect(Math.abs(measure.y(py) - y[i]!)).toBeLessThan(range(y) * 2e-3);
    });
  });

  it('draws round ticks, a handful, around the values, inside the figure', () => {
    const { ruler: measure, lines } = plot(curve([1, 24], [3.21, 7.89]));
    expect(measure.ys.map(({ value }) => value)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(measure.xs.map(({ value }) => value)).toEqual([0, 5, 10, 15, 20]);
    for (const [x, y] of lines[0]![0]!) {
      expect(x).toBeGreaterThanOrEqual(54);
      expect(x).toBeLessThanOrEqual(470);
      expect(y).toBeGreaterThanOrEqual(30);
      expect(y).toBeLessThanOrEqual(240);
    }
  });

  it('grows upwards and to the right', () => {
    const [[[[firstX, firstY], [lastX, lastY]]]] = plot(curve([1, 2], [5, 9])).lines as [
      [[[number, number], [number, number]]],
    ];
    expect(lastX).toBeGreaterThan(firstX);
    expect(lastY).toBeLessThan(firstY);
  });

  it('has room for a single point and for a constant', () => {
    const single = plot(curve([3], [0.5]));
    expect(single.lines).toEqual([[[[expect.any(Number), expect.any(Number)]]]]);
    expect(single.ruler.x(single.lines[0]![0]![0]![0])).toBeCloseTo(3, 2);
    const constant = plot(curve([0, 10], [0, 0]));
    for (const [, y] of constant.lines[0]![0]!) expect(constant.ruler.y(y)).toBeCloseTo(0, 2);
  });

  it('puts series on common axes, with a legend of last values', () => {
    const series = [
      { name: 'a', x: [0, 10], y: [0, 1] },
      { name: 'b', x: [5, 20], y: [4, 2.5] },
    ];
    const { svg, ruler: measure, lines } = plot(curve([], [], { series }));
    expect(measure.x(lines[1]![0]![0]![0])).toBeCloseTo(5, 1);
    expect(measure.y(lines[1]![0]![0]![1])).toBeCloseTo(4, 1);
    expect(svg).toContain('a <b>1</b>');
    expect(svg).toContain('b <b>2.5</b>');
  });
});

describe('gaps', () => {
  it('interrupts the line where y is not finite, and dots a lone point', () => {
    const y = [Number.NaN, 1, 2, Number.POSITIVE_INFINITY, 3, Number.NaN, Number.NaN, 4, 5];
    const { svg, ruler: measure, lines } = plot(curve([0, 1, 2, 3, 4, 5, 6, 7, 8], y));
    expect(lines[0]!.map((stretch) => stretch.map(([x]) => Math.round(measure.x(x))))).toEqual([[1, 2], [4], [7, 8]]);
    expect(svg.match(/h0/g)).toHaveLength(1);
  });

  it('says so where there is nothing to draw', () => {
    expect(curveFigure(curve([], []))).toContain('No values to draw');
    expect(curveFigure(curve([1, 2], [Number.NaN, Number.NaN]))).toContain('no values');
    const some = curveFigure(
      curve([], [], {
        series: [
          { name: 'icsc', x: [], y: [] },
          { name: 'a', x: [0, 1], y: [1, 2] },
        ],
      }),
    );
    expect(some).toContain('icsc <span class="quiet">no values</span>');
    expect(some).not.toContain('No values to draw');
  });
});

describe('many steps', () => {
  const steps = 50_000;
  const x = Array.from({ length: steps }, (_, i) => i);
  const y = x.map((i) => Math.sin(i / 3000) + 0.1 * Math.sin(i * 1.7));

  it('keeps the extremes, the ends and the order in few points', () => {
    const spiked = [...y];
    spiked[31_234] = 9;
    spiked[7] = -5;
    const { svg, ruler: measure, lines } = plot(curve(x, spiked));
    const points = lines[0]![0]!;
    expect(points.length).toBeLessThan(1100);
    expect(svg.length).toBeLessThan(25_000);
    const values = points.map(([, py]) => measure.y(py));
    expect(Math.max(...values)).toBeCloseTo(9, 1);
    expect(Math.min(...values)).toBeCloseTo(-5, 1);
    expect(measure.x(points[values.indexOf(Math.max(...values))]![0]) / 31_234).toBeCloseTo(1, 2);
    expect(points[0]![0]).toBe(54);
    expect(points[points.length - 1]![0]).toBe(470);
    for (let i = 1; i < points.length; i++) expect(points[i]![0]).toBeGreaterThanOrEqual(points[i - 1]![0]);
  });

  it('stays within the envelope of every stretch', () => {
    const { ruler: measure, lines } = plot(curve(x, y));
    for (const [px, py] of lines[0]![0]!) {
      const near = y.slice(Math.max(0, Math.round(measure.x(px)) - 100), Math.round(measure.x(px)) + 100);
      expect(measure.y(py)).toBeLessThan(Math.max(...near) + 0.02);
      expect(measure.y(py)).toBeGreaterThan(Math.min(...near) - 0.02);
    }
  });

  it('keeps gaps', () => {
    const gap = y.map((value, i) => (i > 20_000 && i < 30_000 ? Number.NaN : value));
    const { ruler: measure, lines } = plot(curve(x, gap));
    expect(lines[0]).toHaveLength(2);
    const [before, after] = lines[0]!;
    expect(measure.x(before![before!.length - 1]![0])).toBeLessThan(20_100);
    expect(measure.x(after![0]![0])).toBeGreaterThan(29_900);
  });
});

describe('marks', () => {
  it('stand at their x, and are left out beyond the data', () => {
    const marks = [
      { x: 8, label: 'warm-up ends' },
      { x: 30, label: 'never reached' },
    ];
    const { svg, ruler: measure } = plot(curve([0, 24], [7, 3], { marks }));
    const lines = [...svg.matchAll(/<line class="mark"[^>]*>/g)].map(([tag]) => measure.x(attribute(tag, 'x1')));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toBeCloseTo(8, 1);
    expect(svg).toContain('warm-up ends');
    expect(svg).not.toContain('never reached');
  });
});
