import { goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { expect, test } from 'vitest';
import { adjustedMutualInformation } from './adjusted-mutual-information.js';
import { adjustedRandIndex } from './adjusted-rand-index.js';
import { matchedAccuracy } from './matched-accuracy.js';
import { normalizedMutualInformation } from './normalized-mutual-information.js';
import { purity } from './purity.js';
import { vMeasure } from './v-measure.js';

const golden = loadGolden('knn');
const cases = Object.keys(golden.expected).filter((name) => 'nmi' in golden.expected[name]!);

test('the file has cases', () => expect(cases.length).toBeGreaterThan(0));

test.each(cases)('%s', (name) => {
  const assignments = Int32Array.from(goldenTensor(golden.inputs[name]!.pred).data);
  const labels = Int32Array.from(goldenTensor(golden.inputs[name]!.true).data);
  const v = vMeasure(assignments, labels);
  const figures = {
    nmi: normalizedMutualInformation(assignments, labels),
    ami: adjustedMutualInformation(assignments, labels),
    ari: adjustedRandIndex(assignments, labels),
    homogeneity: v.homogeneity,
    completeness: v.completeness,
    v_measure: v.vMeasure,
    purity: purity(assignments, labels),
    hungarian: matchedAccuracy(assignments, labels),
  };
  for (const [figure, value] of Object.entries(figures)) {
    const expected = golden.expected[name]![figure];
    expect(value, `${name} ${figure}`).toBeAllclose(expected as number, toleranceOf(golden, name, figure));
  }
});
