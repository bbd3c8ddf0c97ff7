import type { NameStyle } from './naming-rules.js';

/** Keras' names for what PyTorch calls otherwise. */
const pyTorchName: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

const norm = '(?:weight|bias|running_mean|running_var)';
const weightName = new RegExp(
  `^(?:conv1\\.weight|bn1\\.${norm}|layer\\d+\\.\\d+\\.(?:conv[123]\\.weight|bn[123]\\.${norm}|downsample\\.(?:0\\.weight|1\\.${norm})))$`,
);

/** A name in torchvision's way, from one of its places in a `nn.Sequential`: convolution, norm, ReLU, pool, stages. */
function fromPlace(name: string, firstStage: number): string | null {
  const [, place, rest] = /^(\d+)\.(.+)$/.exec(name) ?? [];
  if (place === undefined) return null;
  if (place === '0') return `conv1.${rest}`;
  if (place === '1') return `bn1.${rest}`;
  const stage = Number(place) - firstStage + 1;
  return stage >= 1 ? `layer${stage}.${rest}` : null;
}

function inTorchvision(name: string, style: NameStyle): string | null {
  switch (style) {
    case 'torchvision':
      return name;
    case 'sequential':
      return fromPlace(name, 4);
    case 'sequential without pool':
      return fromPlace(name, 3);
    case 'tensorflow':
      return name.replace(/[^.]+$/, (own) => pyTorchName[own] ?? own);
  }
}

/** The name that torchvision gives to this weight of a ResNet's convolutions and norms; null if it is none of them. */
export function resnetName(name: string, style: NameStyle): string | null {
  const found = inTorchvision(name, style);
  return found !== null && weightName.test(found) ? found : null;
}
