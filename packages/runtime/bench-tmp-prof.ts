import * as tf from '@tensorflow/tfjs-core';
export function profileKernels(name: string) {
  const times = new Map<string, [number, number]>();
  const stack: number[] = [];
  for (const k of tf.getKernelsForBackend(name)) {
    const f = k.kernelFunc;
    tf.unregisterKernel(k.kernelName, name);
    tf.registerKernel({
      ...k,
      kernelFunc: (a) => {
        const t = performance.now();
        stack.push(0);
        const o = f(a);
        const d = performance.now() - t;
        const inner = stack.pop()!;
        if (stack.length) stack[stack.length - 1]! += d;
        const x = times.get(k.kernelName) ?? [0, 0];
        x[0] += d - inner;
        x[1]++;
        times.set(k.kernelName, x);
        return o;
      },
    });
  }
  return (steps: number) => {
    for (const [n, [ms, c]] of [...times].sort((a, b) => b[1][0] - a[1][0]).slice(0, 22))
      console.log(n, (ms / steps).toFixed(2), (c / steps).toFixed(0));
  };
}
