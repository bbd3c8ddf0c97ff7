import type { DiagnosedLibrary, Finding, RuntimeDiagnosis } from '@hcsc/runtime';

const sign = ({ works }: Finding) => (works ? '✓' : '✗');

const row = (mark: string, name: string, text: string) => `${mark} ${name.padEnd(10)}  ${text}`;

/** What `hcsc runtime doctor` prints: a line for each thing, then the commands that mend what is missing. */
export function diagnosisText({ node, koffi, processor, libraries, native, gpu, packages }: RuntimeDiagnosis): string {
  const { model, cores, instructions } = processor;
  const lines = [
    row(sign(node), 'Node', node.detail),
    row(sign(koffi), 'koffi', koffi.detail),
    row(' ', 'processor', [model, `${cores} ${cores === 1 ? 'thread' : 'threads'}`, ...instructions].join(', ')),
    '',
    "TensorFlow's library, in the order it is looked for:",
    ...(libraries.some(({ source }) => source === 'path')
      ? []
      : [row('·', 'path', 'none is given by libraryPath or HCSC_TENSORFLOW')]),
    ...libraries.map(libraryRow),
    '',
    row(sign(native), 'native', native.detail),
    ...(native.works ? nativeRows(native) : []),
    row(gpu.works ? '✓' : '·', 'GPU', gpu.detail),
    '',
    ...Object.entries(packages).map(([name, found]) =>
      row(found.works ? '✓' : '·', name.replace(/^@tensorflow\/tfjs-(backend-)?/, ''), `${name} ${found.detail}`),
    ),
  ];
  const remedies = toMend({ node, koffi, native, gpu, packages });
  if (remedies.length > 0) lines.push('', 'To mend it:', ...remedies.map((remedy) => `  ${remedy}`));
  return `${lines.join('\n')}\n`;
}

function libraryRow({ source, place, version, folder, problem, verdict }: DiagnosedLibrary): string {
  const what = version === undefined ? '' : `: TensorFlow ${version}`;
  const where = folder === undefined || folder === place ? '' : ` in ${folder}`;
  const good = `${verdict === 'used' ? 'this one is used' : 'would do, too'}`;
  const mark = problem !== undefined ? '·' : verdict === 'used' ? '✓' : ' ';
  return row(mark, source, `${place}${problem === undefined ? `${what}${where}` : ''}: ${problem ?? good}`);
}

function nativeRows({ devices = [], threads, instructions = [] }: RuntimeDiagnosis['native']): string[] {
  const uses = instructions.length > 0 ? [row(' ', 'uses', instructions.join(', '))] : [];
  return [row(' ', 'devices', devices.join(', ')), row(' ', 'threads', String(threads)), ...uses];
}

/** The commands for what is broken, and for what is missing and would be of use. */
function toMend({
  node,
  koffi,
  native,
  gpu,
  packages,
}: Pick<RuntimeDiagnosis, 'node' | 'koffi' | 'native' | 'gpu' | 'packages'>): string[] {
  const { '@tensorflow/tfjs-core': core, '@tensorflow/tfjs-layers': layers } = packages;
  const wasm = packages['@tensorflow/tfjs-backend-wasm'];
  const findings: Finding[] = [node, koffi, native, gpu, core, layers, ...(native.works ? [] : [wasm])];
  const commands = findings.flatMap(({ works, remedy }) => (works || remedy === undefined ? [] : [remedy]));
  return [...new Set(commands)];
}
