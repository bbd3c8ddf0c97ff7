import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import {
  type NearImage,
  type NeighbourRow,
  type ReportImage,
  type ReportInput,
  type ReportNeighbours,
  renderReport,
} from '../index.js';
import { elements, hostile } from '../well-formed.fixture.js';

const picture = (from: number, label?: string, channels: 1 | 3 = 1): ReportImage => ({
  ...{ width: 2, height: 1, channels, data: Uint8Array.from({ length: 2 * channels }, (_, i) => from + i) },
  ...(label !== undefined && { label }),
});
const near = (image: number, similarity: number, label?: string): NearImage => ({
  ...{ image, similarity, picture: picture(image, label) },
});

const row: NeighbourRow = {
  query: { image: 7, picture: picture(7, 'Coat') },
  neighbours: [
    [near(20, 0.9912, 'Coat'), near(30, 0.5, 'Shirt')],
    [near(30, 0.98, 'Shirt'), near(40, -0.25, 'Coat')],
  ],
};
const neighbours: ReportNeighbours = {
  features: ['global', 'hypercolumn'],
  k: 2,
  queriesOf: 'other clothes',
  candidates: { name: 'clothes', count: 5000, outOf: 60_000 },
  rows: [row],
  figures: {
    queries: 1000,
    purity: { shares: [0.625, 0.75], chance: 0.1 },
    shared: [{ features: ['global', 'hypercolumn'], shared: 1.25, jaccard: 0.4 }],
  },
};
const run: ReportInput = { title: 'Run', facts: [], results: { columns: [], rows: [] }, curves: [] };
const render = (changes: Partial<ReportNeighbours> = {}) =>
  renderReport({ ...run, neighbours: { ...neighbours, ...changes } });

const text = (html: string) =>
  html
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
const imagesOf = (html: string) => elements(html).get('img') ?? [];

describe('the section of neighbours', () => {
  it('says where they were looked for, shows them feature by feature, and sums up', () => {
    const said = text(render());
    for (const part of [
      'Nearest neighbours Images of other clothes, and beside each the 2 nearest of 5,000 images drawn from the 60,000 of clothes by the cosine of their features, under each feature, the nearest first.',
      'Query global hypercolumn Coat 0.991 0.500 Shirt 0.980 Shirt −0.250',
      "Over 1,000 queries Feature Neighbours of the query's class global 62.5 % hypercolumn 75.0 % at random 10.0 %",
      'Under global and hypercolumn a query has 1.25 of its 2 neighbours in common, on average; Jaccard index 0.4.',
    ]) {
      expect(said).toContain(part);
    }
    expect(said).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has the pictures pixel by pixel, each with its words, and a frame around another class', () => {
    const html = render();
    expect(imagesOf(html).map(({ alt }) => alt)).toEqual([
      'Query: Image 7, Coat',
      'global: Image 20, Coat, cosine 0.991',
      'global: Image 30, Shirt, cosine 0.500',
      'hypercolumn: Image 30, Shirt, cosine 0.980',
      'hypercolumn: Image 40, Coat, cosine −0.250',
    ]);
    const pixels = imagesOf(html).map(({ src }) => [...decode(Buffer.from(src!.split(',')[1]!, 'base64')).data]);
    expect(pixels).toEqual([7, 20, 30, 30, 40].map((from) => [from, from + 1]));
    const cells = elements(html).get('td')!;
    expect(cells.map((cell) => cell.class ?? '')).toEqual([
      ...['query', 'feature', 'differ', 'feature differ', ''],
      ...['', '', ''],
    ]);
  });

  it('shows colours', () => {
    const colours = { query: { image: 1, picture: picture(9, 'Cat', 3) }, neighbours: [[], []] };
    const [first] = imagesOf(render({ rows: [colours] }));
    const { channels, data } = decode(Buffer.from(first!.src!.split(',')[1]!, 'base64'));
    expect([channels, ...data]).toEqual([3, 9, 10, 11, 12, 13, 14]);
  });

  it('frames nothing where a class is not known, and says nothing of classes if none is', () => {
    const bare = (image: number, similarity: number) => near(image, similarity);
    const rows: NeighbourRow[] = [
      { query: { image: 7, picture: picture(7) }, neighbours: [[bare(1, 0.9)], [near(2, 0.8, 'Coat')]] },
    ];
    const { figures: _, ...rest } = neighbours;
    const html = renderReport({ ...run, neighbours: { ...rest, rows } });
    expect(text(html)).not.toMatch(/dashed|Over|random/);
    expect(text(html)).toContain('0.900 0.800 Coat');
    expect(
      elements(html)
        .get('td')!
        .some((cell) => cell.class?.includes('differ')),
    ).toBe(false);
    const known: NeighbourRow = { query: row.query, neighbours: [[bare(1, 0.9)], []] };
    const half = elements(render({ rows: [known] })).get('td')!;
    expect(half.some((cell) => cell.class?.includes('differ'))).toBe(false);
  });

  it('keeps its columns where there are fewer neighbours than asked for', () => {
    const rows = [{ ...row, neighbours: [[near(1, 0.5, 'Coat')], []] }, row];
    const cells = elements(render({ k: 4, rows })).get('td')!;
    // a query, one neighbour and three missing, four missing; a query, two and two missing, twice
    const spans = cells.slice(0, 10).map(({ colspan = '1' }) => Number(colspan));
    expect(spans).toEqual([1, 1, 3, 4, 1, 1, 1, 2, 1, 1]);
    expect(
      elements(render({ k: 4, rows }))
        .get('th')!
        .slice(1, 3)
        .map(({ colspan }) => colspan),
    ).toEqual(['4', '4']);
  });

  it('is of one feature too, of all images, without pictures', () => {
    const html = render({
      ...{ features: ['encoder'], k: 1, candidates: { name: 'clothes', count: 10 }, rows: [] },
      figures: { queries: 1, purity: { shares: [1], chance: 0 }, shared: [] },
    });
    expect(text(html)).toContain(
      'Images of other clothes, and beside each the 1 nearest of the 10 images of clothes by the cosine of their features, the nearest',
    );
    expect(text(html)).toContain('Over 1 query');
    expect(elements(html).has('img')).toBe(false);
  });

  it('is not there without neighbours, nor are its rules', () => {
    expect(renderReport(run)).not.toMatch(/neighbours|\.near/);
    expect(elements(render()).get('section')).toHaveLength(1);
  });

  it('escapes whatever text it is given', () => {
    const html = render({
      queriesOf: hostile,
      features: [hostile, `${hostile}2`],
      candidates: { name: hostile, count: 2 },
      rows: [
        {
          query: { image: 1, picture: picture(1, hostile) },
          neighbours: [[near(2, 0.5, hostile)], [near(3, 0.5, `${hostile}3`)]],
        },
      ],
      figures: {
        queries: 2,
        purity: { shares: [0, 1], chance: 0.5 },
        shared: [{ features: [hostile, hostile], shared: 0, jaccard: 0 }],
      },
    });
    expect(elements(html).has('script')).toBe(false);
    expect(html).not.toContain('\u0000');
    expect(html).not.toMatch(/\p{Cs}/u);
  });

  it('shrinks pictures when there are many, and stays small', () => {
    const large = (image: number): NearImage => {
      const data = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => (i * 7919 + image * 31) % 256);
      return { image, similarity: 0.5, picture: { width: 224, height: 224, channels: 3, data } };
    };
    const list = Array.from({ length: 5 }, (_, i) => large(i));
    const rows = Array.from({ length: 8 }, () => ({ query: large(9), neighbours: [list, list] }));
    const html = render({ k: 5, rows });
    expect(html.length).toBeLessThan(3_000_000);
    expect(imagesOf(html).every(({ width, height }) => Number(width) <= 84 && width === height)).toBe(true);
  });
});

describe('what cannot be shown is refused', () => {
  const withNear = (change: Partial<NearImage>) => ({
    rows: [{ ...row, neighbours: [[{ ...near(1, 0.5), ...change }], []] }],
  });
  const figures = neighbours.figures!;
  it.each<[string, Partial<ReportNeighbours>, string]>([
    ['no feature', { features: [] }, 'Cannot show neighbours under no feature: give the name of one'],
    ['no neighbour', { k: 0 }, 'Cannot show 0 neighbours: give an integer of at least 1'],
    [
      'more looked at than there are',
      { candidates: { name: 'c', count: 3, outOf: 2 } },
      'Neighbours were looked for among 3 of 2 images: give at most all',
    ],
    [
      'a list too few',
      { rows: [{ ...row, neighbours: [[]] }] },
      'Row 0 has 1 lists of neighbours for 2 features: give one each',
    ],
    ['more neighbours than k', { k: 1 }, 'There are 2 neighbours of row 0 under "global": give at most 1'],
    ['no such image', withNear({ image: -1 }), 'Neighbour 0 of row 0 under "global" is image -1'],
    ['no similarity', withNear({ similarity: Number.NaN }), 'under "global" has the similarity NaN: it must be finite'],
    [
      'missing pixels',
      withNear({ picture: { ...picture(0), width: 3 } }),
      'Neighbour 0 of row 0 under "global" of 3 × 1 × 1 needs 3 values, got 2',
    ],
    [
      'a query that is no image',
      { rows: [{ ...row, query: { image: 0.5, picture: picture(0) } }] },
      'The query of row 0 is image 0.5',
    ],
    ['half a query', { figures: { queries: 0.5 } }, 'The figures are of 0.5 queries'],
    [
      'a purity too few',
      { figures: { ...figures, purity: { shares: [1], chance: 0 } } },
      '1 purities were given for 2 features: give one each',
    ],
    [
      'a share beyond all',
      { figures: { ...figures, purity: { shares: [1, 1.5], chance: 0 } } },
      'A share of neighbours is 1.5: give one between 0 and 1',
    ],
    [
      'more shared than there are',
      { figures: { queries: 1, shared: [{ features: ['a', 'b'], shared: 3, jaccard: 1 }] } },
      'a and b share 3 of 2 neighbours: give 0 to 2',
    ],
  ])('%s', (_, change, message) => {
    expect(() => render(change)).toThrow(RangeError);
    expect(() => render(change)).toThrow(message);
  });
});
