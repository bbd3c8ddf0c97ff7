import { count, f32x4, functionOf, i32, increase } from '@hcsc/simd';

/** dy where x is above 0, else 0; `bytes` is a multiple of 16. */
export const reluGrad = functionOf({
  parameters: ['dy', 'x', 'dx', 'bytes'],
  body: (p, { local }) => {
    const at = local();
    const kept = f32x4.and(f32x4.load(p.dy.get), f32x4.above(f32x4.load(p.x.get), f32x4.zero));
    return count(at, p.bytes.get, 16, [
      f32x4.store(p.dx.get, kept),
      [p.dy, p.x, p.dx].map((pointer) => increase(pointer, i32.const(16))),
    ]);
  },
});
