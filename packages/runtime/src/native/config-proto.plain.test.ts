import { describe, expect, it } from 'vitest';
import { configProto } from './config-proto.js';

const growth = [0x32, 2, 0x20, 1];
const encoded = (...config: Parameters<typeof configProto>) => [...configProto(...config)];

// Expected bytes written out by hand from the field numbers of TensorFlow's config.proto.
describe('configProto', () => {
  it('lets the memory of GPUs grow, and nothing else, by default', () => {
    expect(encoded({})).toEqual(growth);
    expect(encoded({ gpu: { memoryGrowth: false } })).toEqual([]);
  });

  it('has threads within an operation and between operations', () => {
    expect(encoded({ threads: 2 })).toEqual([0x10, 2, 0x28, 2, ...growth]);
    // 300 is 0b10_0101100
    expect(encoded({ threads: 300 })).toEqual([0x10, 0xac, 0x02, 0x28, 0xac, 0x02, ...growth]);
    expect(encoded({ threads: { intraOp: 4 } })).toEqual([0x10, 4, ...growth]);
    expect(encoded({ threads: { intraOp: 128, interOp: 1 } })).toEqual([0x10, 0x80, 0x01, 0x28, 1, ...growth]);
  });

  it('hides GPUs, or names them', () => {
    expect(encoded({ gpu: { visible: false } })).toEqual([0x0a, 7, 0x0a, 3, 0x47, 0x50, 0x55, 0x10, 0, ...growth]);
    expect(encoded({ gpu: { visible: true } })).toEqual(growth);
    expect(encoded({ gpu: { visible: '0,2' } })).toEqual([0x32, 7, 0x20, 1, 0x2a, 3, 0x30, 0x2c, 0x32]);
  });

  it('has the share of the memory as a double, lowest byte first', () => {
    expect(encoded({ gpu: { memoryGrowth: false, memoryFraction: 0.5 } })).toEqual([
      0x32, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f,
    ]);
  });
});
