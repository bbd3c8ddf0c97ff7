/** Names and shapes of torchvision's ResNet state dict in its order, `num_batches_tracked` left out, written down without looking at our model. */
export function torchvisionStateDict(options: {
  blocks: readonly number[];
  bottleneck: boolean;
  cifarStem: boolean;
  channels: number;
}): { name: string; shape: number[] }[] {
  const { blocks, bottleneck, cifarStem, channels } = options;
  const entries: { name: string; shape: number[] }[] = [];
  const conv = (name: string, out: number, inputs: number, k: number) =>
    entries.push({ name: `${name}.weight`, shape: [out, inputs, k, k] });
  const bn = (name: string, c: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      entries.push({ name: `${name}.${part}`, shape: [c] });
  };
  conv('conv1', 64, channels, cifarStem ? 3 : 7);
  bn('bn1', 64);
  let inputs = 64;
  blocks.forEach((count, stage) => {
    const width = 64 * 2 ** stage;
    const outputs = bottleneck ? 4 * width : width;
    for (let b = 0; b < count; b++) {
      const block = `layer${stage + 1}.${b}`;
      const kernels = bottleneck ? [1, 3, 1] : [3, 3];
      kernels.forEach((k, j) => {
        const last = j === kernels.length - 1;
        conv(`${block}.conv${j + 1}`, last ? outputs : width, j === 0 ? inputs : width, k);
        bn(`${block}.bn${j + 1}`, last ? outputs : width);
      });
      if (b === 0 && (stage > 0 || inputs !== outputs)) {
        conv(`${block}.downsample.0`, outputs, inputs, 1);
        bn(`${block}.downsample.1`, outputs);
      }
      inputs = outputs;
    }
  });
  return entries;
}
