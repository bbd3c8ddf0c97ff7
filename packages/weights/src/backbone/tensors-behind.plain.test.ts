import { describe, expect, it } from 'vitest';
import { type StoredTensor, tensorsBehind } from '../index.js';
import { state } from './state-dict.fixture.js';

const heads = ['hypercols_proj_q.scale', 'hypercols_proj_q.reg_conv.0.weight', 'hypercols_proj_q.projector.0.bias'];
const names = [
  ...['queue', 'encoder_q.conv1.weight', 'encoder_q.bn1.num_batches_tracked', 'encoder_q.fc.0.weight'],
  ...[...heads, 'encoder_k.conv1.weight', 'hypercols_proj_k.scale', 'center_hyper'],
];
const student = { 'encoder_q.': '', 'hypercols_proj_q.': '', 'hypercols_proj_q.scale': null };

describe('tensorsBehind', () => {
  it.each(['', 'module.', 'net.', 'net.module.', 'state_dict.model.module.'])(
    'gives what stands behind prefixes after "%s" its names, and lists the others',
    (before) => {
      const given = state([...names.map((name) => `${before}${name}`), 'optimizer0.state.0.momentum_buffer', 'epoch']);
      const found = tensorsBehind(given, student);
      expect(found.before).toBe(before);
      expect(Object.entries(found.tensors).map(([name, { data }]) => [name, data[0]])).toEqual([
        ['conv1.weight', 1],
        ['fc.0.weight', 3],
        ['reg_conv.0.weight', 5],
        ['projector.0.bias', 6],
      ]);
      expect(found.tensors['conv1.weight']).toEqual({ shape: [1, 1, 1, 1], data: Float32Array.of(1) });
      const others = [names[0]!, names[2]!, names[4]!, ...names.slice(7)].map((name) => `${before}${name}`);
      expect(found.others).toEqual([...others, 'optimizer0.state.0.momentum_buffer', 'epoch']);
    },
  );

  it('puts something else in the place of a prefix; of several prefixes the longest counts', () => {
    const given = state(['trunk.a', 'trunk.head.a', 'trunk.head.old.a', 'b']);
    const { tensors } = tensorsBehind(given, { 'trunk.head.old.': 'x.', 'trunk.': 'backbone.', 'trunk.head.': '' });
    expect(Object.entries(tensors).map(([name, { data }]) => [name, data[0]])).toEqual([
      ['backbone.a', 0],
      ['a', 1],
      ['x.a', 2],
    ]);
    expect(Object.keys(tensorsBehind(given, { '': 'all.', b: null }).tensors)).toEqual([
      'all.trunk.a',
      'all.trunk.head.a',
      'all.trunk.head.old.a',
    ]);
    expect(tensorsBehind(state(['module.a']), { '': '' })).toMatchObject({ before: '', others: [] });
    expect(Object.keys(tensorsBehind(state(['module.a']), { 'module.': '' }).tensors)).toEqual(['a']);
  });

  it('makes float32 of floating-point values, and does not copy those that are', () => {
    const data = Float32Array.of(1.5);
    const as = (tensor: StoredTensor) => tensorsBehind({ 'q.a': tensor }, { 'q.': '' }).tensors.a!.data;
    expect(as({ dtype: 'float32', shape: [1], data })).toBe(data);
    expect(as({ dtype: 'float64', shape: [1], data: Float64Array.of(0.1) })).toEqual(Float32Array.of(0.1));
    expect(as({ dtype: 'float16', shape: [1], data: Uint16Array.of(0x3e00) })).toEqual(data);
    expect(as({ dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x3fc0) })).toEqual(data);
  });

  const float = (...values: number[]): StoredTensor => ({
    ...{ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) },
  });
  const refused: [title: string, run: () => unknown, Kind: new () => Error, message: RegExp][] = [
    ['no prefix', () => tensorsBehind({}, { 'a.': null }), RangeError, /behind no prefix: give one, as/],
    ['no tensors', () => tensorsBehind({}, { 'a.': '' }), RangeError, /behind "a\.": the names are none/],
    [
      'a prefix that none has',
      () => tensorsBehind(state(names), { 'encoder_q.': '', 'head.': '' }),
      RangeError,
      /^Cannot find tensors behind "head\.": the names are queue, encoder_q\.conv1\.weight, .*, …$/,
    ],
    [
      'something unknown before it',
      () => tensorsBehind(state(['ema.encoder_q.a']), { 'encoder_q.': '' }),
      RangeError,
      /behind "encoder_q\.": the names are ema\.encoder_q\.a$/,
    ],
    [
      'two that have it',
      () => tensorsBehind(state(['model.encoder_q.a', 'net.encoder_q.a']), { 'encoder_q.': '' }),
      RangeError,
      /^Cannot choose the tensors behind "encoder_q\.": they stand behind "model\.", "net\."; give one with the prefix$/,
    ],
    [
      'two tensors for one name',
      () => tensorsBehind(state(['a.x', 'b.x']), { 'a.': '', 'b.': '' }),
      RangeError,
      /^Cannot take both a\.x and b\.x as x$/,
    ],
    [
      'whole numbers',
      () => tensorsBehind({ 'a.x': { dtype: 'int8', shape: [1], data: Int8Array.of(1) } }, { 'a.': '' }),
      TypeError,
      /^Cannot take a\.x: needed floating-point values, got int8$/,
    ],
    [
      'a training that diverged',
      () => tensorsBehind({ 'a.x': float(1, Number.NaN) }, { 'a.': '' }),
      RangeError,
      /^Cannot take a\.x: value 1 is NaN, needed finite weights$/,
    ],
  ];
  it.each(refused)('refuses %s', (_, run, Kind, message) => {
    expect(run).toThrow(Kind);
    expect(run).toThrow(message);
  });
});
