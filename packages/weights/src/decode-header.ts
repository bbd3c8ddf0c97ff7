import { type Checksum, isChecksum, meaning } from './checksum.js';
import { dtypeOfCode, dtypes, sizeOf } from './dtype.js';
import { type Header, type HeaderEntry, isCountable, mostDimensions } from './header.js';
import { HeaderText, quoted } from './header-text.js';
import { SafetensorsError } from './safetensors-error.js';

type Fail = (problem: string) => never;

const fields = 'dtype, shape, data_offsets';

/** No file has that many strings of metadata; a hostile one could have millions in its header. */
const mostStrings = 100_000;

function numbersOf(json: HeaderText, fail: Fail, what: string): number[] {
  const { at } = json;
  try {
    const numbers = json.numbers();
    if (numbers.every((number) => Number.isSafeInteger(number))) return numbers;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  json.at = at;
  return fail(`${what}, found ${json.next()}`);
}

function decodeEntry(json: HeaderText, name: string, failFile: Fail): HeaderEntry {
  const fail = (problem: string) => failFile(`tensor ${quoted(name)} ${problem}`);
  const failDtype = (found: string) => fail(`has dtype ${found}, known are ${[...dtypeOfCode.keys()].join(', ')}`);
  if (!json.is('{')) fail(`should have an object, found ${json.next()}`);
  let code: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  json.members((field) => {
    if (field === 'dtype' && code === undefined) {
      if (!json.is('"')) failDtype(json.next());
      code = json.string();
    } else if (field === 'shape' && !shape) {
      shape = numbersOf(json, fail, 'should have a shape of whole numbers');
    } else if (field === 'data_offsets' && !offsets) {
      offsets = numbersOf(json, fail, 'should have data_offsets [begin, end]');
    } else {
      fail(`should have ${fields}, found ${quoted(field)}${fields.includes(field) ? ' twice' : ''}`);
    }
  });
  if (code === undefined || !shape || !offsets) return fail(`should have ${fields}, one of them is missing`);
  const dtype = dtypeOfCode.get(code) ?? failDtype(quoted(code));
  if (shape.length > mostDimensions) {
    fail(`should have at most ${mostDimensions} dimensions, it has ${shape.length}`);
  }
  const [begin, end] = offsets as [number, number];
  if (offsets.length !== 2 || begin > end) fail(`should have data_offsets [begin, end], found [${offsets}]`);
  const width = dtypes[dtype].bytes;
  if (!isCountable(shape, width)) fail(`has a shape beyond 2^53 bytes, found [${shape}]`);
  const needed = sizeOf(shape) * width;
  if (end - begin !== needed) {
    const hold = `its data_offsets [${begin}, ${end}] hold ${end - begin}`;
    fail(`of shape [${shape}] and dtype ${dtype} needs ${needed} bytes, ${hold}`);
  }
  return { name, dtype, shape, begin, end };
}

/** Metadata, and where in the text the digits of a checksum begin. */
function decodeMetadata(json: HeaderText, fail: Fail): { strings: Map<string, string>; sumAt: number } {
  const strings = new Map<string, string>();
  let sumAt = 0;
  if (!json.is('{')) fail(`__metadata__ should map strings to strings, found ${json.next()}`);
  json.members((name) => {
    if (strings.size === mostStrings) fail(`it has more than ${mostStrings} strings of metadata`);
    if (strings.has(name)) fail(`its metadata name ${quoted(name)} twice`);
    if (!json.is('"')) fail(`__metadata__ should map strings to strings, found ${quoted(name)}: ${json.next()}`);
    if (name === 'sha256') sumAt = json.at + 1;
    strings.set(name, json.string());
  });
  return { strings, sumAt };
}

/** The entries in the order of their bytes, which must follow each other from 0 to `dataBytes` without gap or overlap. */
function inOrder(entries: HeaderEntry[], dataBytes: number, fail: Fail): HeaderEntry[] {
  const sorted = entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const [i, { name, begin, end }] of sorted.entries()) {
    const before = () => (i === 0 ? 'the header' : `tensor ${quoted(sorted[i - 1]!.name)}`);
    if (begin < at) {
      fail(`tensor ${quoted(name)} begins at byte ${begin} and overlaps ${before()}, which ends at byte ${at}`);
    }
    if (begin > at) {
      fail(`bytes ${at} to ${begin} belong to no tensor: ${quoted(name)} should begin where ${before()} ends`);
    }
    at = end;
  }
  if (at > dataBytes) fail(`it is cut short: its tensors need ${at} bytes after the header, the file has ${dataBytes}`);
  if (at < dataBytes) fail(`its tensors take ${at} bytes after the header, the file has ${dataBytes}`);
  return sorted;
}

function decodeText(json: HeaderText, dataBytes: number, fail: Fail): Header {
  const entries = new Map<string, HeaderEntry>();
  let strings: Map<string, string> | undefined;
  let sumAt = 0;
  if (!json.is('{')) fail(`the header should be a JSON object, found ${json.next()}`);
  json.members((name) => {
    if (entries.has(name) || (name === '__metadata__' && strings)) fail(`its header names ${quoted(name)} twice`);
    if (name === '__metadata__') ({ strings, sumAt } = decodeMetadata(json, fail));
    else entries.set(name, decodeEntry(json, name, fail));
  });
  json.end();
  const digits = strings?.get('sha256');
  // As many digits as bytes: not if the text spells them in some other way.
  const checksum: Checksum | undefined =
    isChecksum(digits) && json.begins(digits, sumAt) ? { at: 8 + json.bytesBefore(sumAt), digits } : undefined;
  if (strings?.get('sha256_of') === meaning && !checksum) {
    fail(`it was altered: its SHA-256 should be 64 digits in the metadata, found ${quoted(digits ?? 'nothing')}`);
  }
  return {
    entries: inOrder([...entries.values()], dataBytes, fail),
    metadata: Object.fromEntries(strings ?? []),
    checksum,
  };
}

/**
 * Reads a header's JSON and checks it against the `dataBytes` bytes that follow it.
 *
 * @throws SafetensorsError that says what was expected and found.
 */
export function decodeHeader(bytes: Uint8Array, dataBytes: number, path: string): Header {
  const fail = (problem: string): never => {
    throw new SafetensorsError(path, problem);
  };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return decodeText(new HeaderText(text), dataBytes, fail);
  } catch (error) {
    if (error instanceof SafetensorsError) throw error;
    return fail(`the header should be JSON (${(error as Error).message})`);
  }
}
