import { alignedLines, plainText } from '../runs-cells.js';
import type { CellState } from './cell-state.js';
import type { Grid } from './grid.js';

function stateText(state: CellState): string {
  if (state.state === 'open') return state.progress;
  if (state.state === 'failed') return `failed: ${state.message}`;
  return state.state === 'elsewhere' ? 'in training by another process' : state.state;
}

/** The chosen cells of an ablation, a line each, with how far they are. */
export function cellList({ ablation, chosen, states, root }: Grid): string {
  const rows = chosen.map(({ name }) => [name, plainText(stateText(states.get(name)!))]);
  const finished = chosen.filter(({ name }) => states.get(name)!.state === 'finished').length;
  const count = `${ablation.name}: ${chosen.length} cells, ${finished} finished, ${chosen.length - finished} to run, in ${root}`;
  return [...alignedLines(rows), count].join('\n');
}
