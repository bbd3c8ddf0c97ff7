import { hypercolumn, mlp, resnet, withHead } from '@hcsc/backbones';
import type { MethodContext } from '@hcsc/train';

/** Projections of a backbone of two stages, of both its features or of the global one alone, and a queue no batch fills exactly. */
export function tinyContexts({ rng, imageShape }: Pick<MethodContext, 'rng' | 'imageShape'>, both = true) {
  const encoder = resnet({
    ...{ blocks: [1, 1], widths: [3, 4], stem: 'cifar', inputShape: imageShape, rng: rng.fork('encoder') },
  });
  const columns = () => hypercolumn(encoder, { taps: ['stage1', 'stage2'], rng: rng.fork('columns') });
  const projector = mlp({ hidden: 7, units: 5, rng: rng.fork('projector'), name: 'projector' });
  const projections = {
    global: withHead(encoder, mlp({ hidden: 8, units: 6, rng: rng.fork('head') })),
    ...(both && { hypercolumn: withHead(columns(), projector) }),
  };
  return { encoder, projections, rng, queue: 19, momentum: 0.9 };
}
