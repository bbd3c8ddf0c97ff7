import { describe, expect, it } from 'vitest';
import { readTorch, TorchFileError, type TorchValue } from '../index.js';
import { legacyFile, op, temporaryFiles, zip, zipFile } from './torch-files.fixture.js';

const write = temporaryFiles();
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const vector = op.tensor(op.storage('FloatStorage', '0', 2), 0, [2], [1]);
const two = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) };
const read = (bytes: Uint8Array, options = {}) => readTorch(write('some.pth', bytes), options);
const readValue = async (...parts: (string | Uint8Array)[]) => (await read(zipFile(op.pickle(...parts)))).value;

describe('names', () => {
  const file = zipFile(
    op.pickle(
      op.dict({ model: op.dict({ enc: op.dict({ w: vector }), list: op.of('](', vector, 'e') }), lr: op.int(3) }),
    ),
    { 0: floats(1, 2) },
  );

  it('joins keys and places by dots', async () => {
    expect((await read(file)).tensors).toEqual({ 'model.enc.w': two, 'model.list.0': two });
  });

  it('takes the dictionary asked for', async () => {
    expect((await read(file, { at: ['model', 'enc'] })).tensors).toEqual({ w: two });
    await expect(read(file, { at: ['state'] })).rejects.toThrow(/there is no "state".*has "model, lr"/);
    await expect(read(file, { at: ['lr', 'x'] })).rejects.toThrow(/is no dictionary/);
  });

  it('keeps names that objects treat specially, and refuses one name for two', async () => {
    const special = await read(
      zipFile(op.pickle(op.dict({ ['__proto__']: '}', x: vector, constructor: vector })), { 0: floats(1, 2) }),
    );
    expect(Object.keys(special.tensors)).toEqual(['x', 'constructor']);
    const proto = op.of('}(', op.text('__proto__'), vector, 'u');
    expect(Object.keys((await read(zipFile(op.pickle(proto), { 0: floats(1, 2) }))).tensors)).toEqual(['__proto__']);
    const same = op.dict({ 'a.b': vector, a: op.dict({ b: vector }) });
    await expect(read(zipFile(op.pickle(same), { 0: floats(1, 2) }))).rejects.toThrow(
      /two of its tensors are named "a\.b"/,
    );
  });
});

describe('pickles', () => {
  it('reads plain values', async () => {
    expect(await readValue(op.int(2n ** 62n))).toBe(2n ** 62n);
    expect(await readValue('\x8a\x00')).toBe(0);
    expect(await readValue(op.int(-3))).toBe(-3);
    expect(await readValue('J\xff\xff\xff\xff')).toBe(-1);
    expect(await readValue('G\x3f\xf8\0\0\0\0\0\0')).toBe(1.5);
    expect(await readValue('U\x02ab')).toBe('ab');
    expect(await readValue('\x95\0\0\0\0\0\0\0\0\x8c\x02\xc3\xa9')).toBe('é');
    expect(await readValue(op.call(op.global('torch', 'Size'), op.tuple(op.int(2), op.int(3))))).toEqual([2, 3]);
  });

  it("keeps a state dict's order and leaves its attributes out; Python 2 lists its items", async () => {
    const ordered = op.global('collections', 'OrderedDict');
    const withVersions = op.of(
      ordered,
      ')R(',
      op.text('b'),
      'N',
      op.text('a'),
      '\x88u',
      op.dict({ _metadata: '}' }),
      'b',
    );
    expect(await readValue(withVersions)).toEqual(
      new Map([
        ['b', null],
        ['a', true],
      ]),
    );
    const items = op.of('](](', op.text('k'), 'Nee');
    expect(await readValue(ordered, op.tuple(items), 'R')).toEqual(new Map([['k', null]]));
  });

  it('keeps what is shared shared', async () => {
    const value = (await readValue(']q\0(]q\x01h\x01h\x01e')) as TorchValue[];
    expect(value).toHaveLength(3);
    expect(value[0]).toBe(value[2]);
  });

  it.each([
    ['a class', op.of(op.global('argparse', 'Namespace'), ')\x81'), /"argparse\.Namespace"/],
    ['a name from the stack', op.of(op.text('os'), op.text('system'), '\x93'), /"os\.system"/],
    ['a name of torch', op.global('torch.jit', 'load'), /"torch\.jit\.load"/],
    [
      'a name with a prefix that is allowed',
      op.global('torch', '_utils._rebuild_tensor_v2.__globals__'),
      /__globals__/,
    ],
    ['NEWOBJ', op.of(op.global('collections', 'OrderedDict'), ')\x81'), /0x81 \(NEWOBJ\)/],
    ['an opcode there is not', '\xff', /0xff was found/],
    ['a storage type that is called', op.call(op.global('torch', 'FloatStorage')), /only names a storage's type/],
    ['a value that is called', op.of(op.int(1), ')R'), /no constructor/],
    ['a constructor as value', op.global('collections', 'OrderedDict'), /the name of a type/],
    ['a list that holds itself', ']q\0h\0a', /holds itself/],
    ['a list in lists', op.of(']'.repeat(102), 'a'.repeat(101)), /more than 100 deep/],
    ['a tuple that is appended to', ')Na', /only a list/],
    ['attributes of a list', ']}b', /only dictionaries/],
    ['a key that is a list', '}]Ns', /a key of a dictionary/],
    ['a key without a value', '}(Nu', /one has none/],
    ['a value below the mark', 'N(a', /there is none/],
    ['no mark', 't', /there is none/],
    ['a value never kept', 'h\x07', /value 7 should have been kept/],
    ['two values', 'NN', /more than one value/],
    ['text beyond the end', 'X\xff\xff\xff\xff', /4294967295 bytes should follow/],
    ['text of 2^63 bytes', '\x8d\0\0\0\0\0\0\0\x80', /bytes should follow/],
    ['text that is none', 'U\x01\xff', /UTF-8/],
    ['a protocol of tomorrow', '\x80\x06N', /protocol 6/],
    ['a reference that is none', 'NQ', /should be a tuple/],
    [
      'a reference to a module',
      op.of('(', op.text('module'), op.global('torch', 'FloatStorage'), 'tQ'),
      /should have its key|to a storage/,
    ],
    ['a size that is none', op.call(op.global('torch', 'Size'), op.tuple(op.int(-1))), /whole numbers/],
  ])('refuses %s', async (_, body, message) => {
    const refused = readValue(body);
    await expect(refused).rejects.toThrow(TorchFileError);
    await expect(refused).rejects.toThrow(message);
  });

  it('refuses what never ends or has too many parts, in bounded memory', async () => {
    await expect(readValue(Buffer.alloc(1_000_001, ']'))).rejects.toThrow(/more than 1000000 lists/);
    await expect(readValue(Buffer.alloc(4_000_000, 'N'))).rejects.toThrow(/beyond 4000000 steps/);
    await expect(readValue(Buffer.alloc(2 ** 25, 'N'))).rejects.toThrow(/at most 33554432 are read/);
  });

  it('refuses lists in lists that have more paths than atoms', async () => {
    // Each list holds the one before it ten times.
    const letter = (i: number) => String.fromCharCode(i);
    const levels = Array.from({ length: 60 }, (_, i) => `](${`h${letter(i)}`.repeat(10)}eq${letter(i + 1)}`);
    const file = zipFile(op.pickle('](', vector, 'q\0', ...levels, 'e'), { 0: floats(1, 2) });
    expect(file.length).toBeLessThan(3000);
    await expect(read(file)).rejects.toThrow(/more than 1000000 ways/);
  });
});

describe('tensors', () => {
  const tensor = (offset: number, shape: number[], strides: number[], length: number | bigint = 2) =>
    zipFile(op.pickle(op.dict({ w: op.tensor(op.storage('FloatStorage', '0', length), offset, shape, strides) })), {
      0: floats(1, 2),
    });

  it.each([
    ['reaching beyond its storage', tensor(1, [2], [1]), /reaches value 2 of storage "0", which has 2/],
    ['beginning beyond it', tensor(2, [], []), /reaches value 2/],
    ['with a huge stride', tensor(0, [2], [2 ** 52]), /reaches value 4503599627370496/],
    ['with strides whose sum is beyond 2^53', tensor(0, [2 ** 50, 2 ** 50], [2 ** 50, 2 ** 50]), /reaches value/],
    ['repeated more often than memory holds', tensor(0, [2 ** 40], [0]), /would take 4398046511104 bytes/],
    [
      'repeated more often than can be counted',
      tensor(0, [2 ** 40, 2 ** 40], [0, 0]),
      /more values than can be counted/,
    ],
    ['with a negative stride', tensor(1, [2], [-1]), /whole numbers of at least 0/],
    ['with a negative dimension', tensor(0, [-1], [1]), /whole numbers of at least 0/],
    ['with a negative offset', tensor(-1, [2], [1]), /a storage, an offset/],
    ['with fewer strides than dimensions', tensor(0, [1, 1], [1]), /as many strides/],
    ['of 65 dimensions', tensor(0, Array(65).fill(1), Array(65).fill(1)), /at most 64/],
    ['of a storage with another size', tensor(0, [2], [1], 3), /should have 12 bytes \(3 of float32\), has 8/],
    ['of a storage of 2^62 values', tensor(0, [2], [1], 2n ** 62n), /its key and its length/],
  ])('refuses one %s', async (_, file, message) => {
    await expect(read(file)).rejects.toThrow(TorchFileError);
    await expect(read(file)).rejects.toThrow(message);
  });

  it('takes no notice of the stride of a dimension of 1', async () => {
    const { data } = (await read(tensor(0, [2, 1, 1], [1, 2 ** 53 - 1, 0]))).tensors.w!;
    expect(data).toEqual(Float32Array.of(1, 2));
    expect((await read(tensor(1, [2, 1], [0, 2 ** 53 - 1]))).tensors.w?.data).toEqual(Float32Array.of(2, 2));
  });

  it('gives more than a file seems to hold only if asked to', async () => {
    const repeated = tensor(0, [2 ** 23], [0]);
    await expect(read(repeated)).rejects.toThrow(/give maxBytes/);
    const { data } = (await read(repeated, { maxBytes: 2 ** 25 })).tensors.w!;
    expect([data.length, data.at(-1)]).toEqual([2 ** 23, 1]);
  });

  it('refuses storages that are two things at once, views of others, or absent', async () => {
    const list = (...parts: Uint8Array[]) => zipFile(op.pickle('](', ...parts, 'e'), { 0: floats(1, 2) });
    const int = op.tensor(op.storage('IntStorage', '0', 2), 0, [2], [1]);
    await expect(read(list(vector, int))).rejects.toThrow(/two dtypes or lengths/);
    const part = op.tensor(
      op.storage('FloatStorage', '0', 2, op.tuple(op.text('1'), op.int(0), op.int(1))),
      0,
      [1],
      [1],
    );
    await expect(read(list(part))).rejects.toThrow(/a view of another one/);
    const absent = op.tensor(op.storage('FloatStorage', '../0', 2), 0, [1], [1]);
    await expect(read(list(absent))).rejects.toThrow(/"\.\.\/0" should be an entry/);
    await expect(read(list(op.storage('FloatStorage', '0', 2)))).rejects.toThrow(/a storage, stands/);
    await expect(read(list(op.storage('ComplexFloatStorage', '0', 1)))).rejects.toThrow(/ComplexFloatStorage/);
  });
});

describe('zip container', () => {
  const pickle = { name: 'a/data.pkl', bytes: op.pickle(op.dict({ w: vector })) };
  const data = { name: 'a/data/0', bytes: floats(1, 2) };

  it('reads 64-bit sizes and positions', async () => {
    expect((await read(zip([pickle, data], true))).tensors).toEqual({ w: two });
  });

  it.each(['little', 'big'])('reads %s-endian values', async (order) => {
    const bytes = Buffer.from(data.bytes);
    if (order === 'big') bytes.swap32();
    const file = zip([pickle, { name: 'a/byteorder', bytes: Buffer.from(order) }, { ...data, bytes }]);
    expect((await read(file)).tensors).toEqual({ w: two });
  });

  it('finds altered bytes, unless told that checksums are wrong', async () => {
    const file = zip([pickle, data]);
    const at = file.indexOf(data.bytes);
    file[at + 3]! ^= 0x80;
    await expect(read(file)).rejects.toThrow(/"a\/data\/0" was altered/);
    expect((await read(file, { checksum: false })).tensors.w?.data).toEqual(Float32Array.of(-1, 2));
  });

  it.each([
    ['compressed', zip([pickle, { ...data, method: 8 }]), /compressed or encrypted \(method 8/],
    ['encrypted', zip([pickle, { ...data, flags: 1 }]), /compressed or encrypted/],
    ['that share bytes', zip([pickle, data, { name: 'a/data/1', bytes: floats(1), at: 10 }]), /should end before/],
    ['beyond the file', zip([pickle, { ...data, size: 2 ** 31 }]), /should end before/],
    ['of 2^40 bytes', zip([pickle, { ...data, size: 2 ** 40 }], true), /should end before/],
    ['with one name', zip([pickle, data, data]), /two entries/],
    ['with two names', zip([pickle, { ...data, localName: 'a/data/1' }]), /another name/],
    ['without a pickle', zip([data]), /one entry data\.pkl in a folder, has 0/],
    ['with two pickles', zip([pickle, { ...pickle, name: 'b/data.pkl' }]), /has 2/],
    [
      'with an odd byte order',
      zip([pickle, data, { name: 'a/byteorder', bytes: Buffer.from('middle') }]),
      /got "middle"/,
    ],
    ['and more', Buffer.concat([zip([pickle, data]), Buffer.alloc(1)]), /cut short/],
  ])('refuses entries %s', async (_, file, message) => {
    await expect(read(file)).rejects.toThrow(TorchFileError);
    await expect(read(file)).rejects.toThrow(message);
  });
});

describe('older container', () => {
  const pickle = op.pickle(op.dict({ w: op.tensor(op.storage('FloatStorage', 'k', 2, 'N'), 0, [2], [1]) }));

  it('reads what the zip container has', async () => {
    expect((await read(legacyFile(pickle, { k: [2, floats(1, 2)] }))).tensors).toEqual({ w: two });
  });

  it.each([
    ['with another length', legacyFile(pickle, { k: [3, floats(1, 2)] }), /should have 2 values, has 3/],
    ['that are missing', legacyFile(pickle), /"k" is not in the file/],
    ['of no tensor', legacyFile(op.pickle('}'), { k: [2, floats(1, 2)] }), /belongs to no tensor/],
    ['and more', op.of(legacyFile(pickle, { k: [2, floats(1, 2)] }), '\0'), /should end at byte/],
  ])('refuses storages %s', async (_, file, message) => {
    await expect(read(file)).rejects.toThrow(TorchFileError);
    await expect(read(file)).rejects.toThrow(message);
  });

  it('refuses pickles that are none of PyTorch', async () => {
    await expect(read(op.pickle('N'))).rejects.toThrow(/number of PyTorch files/);
    await expect(read(Buffer.from('hello'))).rejects.toThrow(/neither a zip file nor a pickle/);
    await expect(read(Buffer.alloc(0))).rejects.toThrow(/neither a zip file nor a pickle/);
  });
});
