import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Options of {@link joinOutputs}. */
export interface JoinOutputsOptions {
  /** Name of the model; default `joined`. */
  name?: string;
}

/** Refuses layers that have one name, but are not one: neither a model nor its copy could tell them apart. */
function checkNames(models: readonly LayersModel[]): void {
  const known = new Map<string, LayersModel['layers'][number]>();
  for (const { name: from, layers } of models) {
    for (const layer of layers) {
      if (known.has(layer.name) && known.get(layer.name) !== layer) {
        throw new RangeError(
          `Cannot join ${from} to models with another layer ${layer.name}: give the layers of each head names of their own`,
        );
      }
      known.set(layer.name, layer);
    }
  }
}

/**
 * Makes one model of several that share a backbone: their outputs in order, each layer run once.
 *
 * Run one after another, the models would run the backbone as often, and update its running statistics as often. Layers
 * and weights stay shared; dispose one model that has all of them, which this one has.
 *
 * @throws RangeError if there are no models, they do not start from the same inputs, or two layers have one name.
 *
 * @example
 * ```ts
 * const backbone = resnet18({ inputShape: [32, 32, 3], stem: 'cifar' });
 * const encoder = joinOutputs([backbone, withHead(backbone, mlp({ hidden: 512, units: 128 }))]);
 * const [features, projections] = encoder.apply(images, { training: true }); // [N, 512], [N, 128]
 * ```
 */
export function joinOutputs(models: readonly LayersModel[], { name = 'joined' }: JoinOutputsOptions = {}): LayersModel {
  const [first] = models;
  if (!first) throw new RangeError('Cannot join no models: give those whose outputs you want, such as [global, local]');
  const { inputs } = first;
  for (const other of models) {
    if (other.inputs.length !== inputs.length || other.inputs.some((x, i) => x !== inputs[i])) {
      throw new RangeError(
        `Cannot join ${other.name} to ${first.name}, it has inputs of its own: give models made from one backbone`,
      );
    }
  }
  checkNames(models);
  return model({ inputs, outputs: models.flatMap(({ outputs }) => outputs as SymbolicTensor[]), name });
}
