import { type Hierarchy, hierarchicalKMeans } from '@hcsc/kmeans';
import { icsc, pcsc } from '@hcsc/losses';
import { createRng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import { anchorLevels, selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import {
  add,
  dispose,
  div,
  gather,
  getBackend,
  matMul,
  memory,
  mul,
  norm,
  type Scalar,
  sub,
  type Tensor2D,
  tensor1d,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

const [IMAGES, WIDTH, CLUSTERS] = [90, 8, [14, 6, 3]];
const unit = (rows: Tensor2D): Tensor2D => div(rows, norm(rows, 'euclidean', 1, true));

/** A training step of HCSC on features, of which the hierarchy is an argument. */
function makeStep(weights: Variable, seed: number) {
  const rng = createRng(seed);
  return (features: Tensor2D, queue: Tensor2D, levels: Hierarchy['levels']) => {
    const indices = tensor1d([3, 14, 15, 26, 53, 58], 'int32');
    const anchors = anchorLevels({ levels }, indices);
    const request = { levels: anchors, rng, check: false };
    const instances = selectiveInstances().keep({ ...request, candidates: anchors.map(() => queue) });
    const prototypes = selectivePrototypes().keep({
      ...request,
      candidates: anchors.map(({ centroids }) => centroids),
    });
    const loss = () => {
      const queries = unit(matMul(features, weights) as Tensor2D);
      const instance = icsc(queries, features, queue, instances, { check: false });
      const kept = anchors.map((level, l) => ({ ...level, keep: prototypes[l]! }));
      return add(instance, pcsc(queries, kept, { check: false })) as Scalar;
    };
    const { value, grads } = variableGrads(loss, [weights]);
    weights.assign(sub(weights, mul(grads[weights.name]!, 0.1)));
    return { value, prototypes };
  };
}

test('a compiled step is traced once, whichever prototypes each epoch drops', async () => {
  const before = memory().numTensors;
  const rng = createRng(1);
  const directions = rng.normalTensor([10, WIDTH]) as Tensor2D;
  const [queue, features] = [20, 6].map((n) => tidy(() => unit(rng.normalTensor([n, WIDTH]) as Tensor2D)));
  const start = rng.normalTensor([WIDTH, WIDTH]);
  const [plainWeights, compiledWeights] = [variable(start), variable(start)];
  const plain = makeStep(plainWeights!, 7);
  const compiled = compile(makeStep(compiledWeights!, 7), { variables: [compiledWeights!] });

  const dropped = new Set<string>();
  for (let epoch = 0; epoch < 4; epoch++) {
    const images = tidy(() => {
      const groups = Array.from({ length: IMAGES }, () => Math.floor(10 * rng.uniform() ** 2));
      const noise = rng.normalTensor([IMAGES, WIDTH], 0, 0.4);
      return unit(add(gather(directions, tensor1d(groups, 'int32')), noise) as Tensor2D);
    });
    const options = { seed: epoch, smallClusters: 'drop', minMembers: 5, iterations: 3, restarts: 1 } as const;
    const hierarchy = await hierarchicalKMeans(images, CLUSTERS, options);
    dropped.add(hierarchy.levels.map(({ alive }) => alive!.dataSync().join('')).join(' '));
    for (let step = 0; step < 2; step++) {
      const expected = tidy(() => plain(features!, queue!, hierarchy.levels));
      const found = compiled(features!, queue!, hierarchy.levels);
      expect(found.value).toBeAllclose(expected.value, 1e-4);
      found.prototypes.forEach((mask, l) => {
        expect(mask).toBeAllclose(expected.prototypes[l]!, 0);
        const alive = hierarchy.levels[l]!.alive!.dataSync();
        const kept = mask.arraySync().flatMap((row) => row.filter((_, j) => alive[j] === 0));
        expect(kept.filter((value) => value !== 0)).toEqual([]);
      });
      expect(compiledWeights!).toBeAllclose(plainWeights!, 1e-4);
      dispose([found, expected]);
    }
    hierarchy.dispose();
    images.dispose();
  }
  expect(dropped.size).toBe(4);
  expect(compiled.traces).toBe(getBackend() === 'tensorflow' ? 1 : 0);

  compiled.dispose();
  dispose([directions, queue!, features!, start, plainWeights!, compiledWeights!]);
  expect(memory().numTensors).toBe(before);
});
