/** Columns of a panel: what the function `convolve` does at a time. */
export const PANEL_COLUMNS = 8;

/** A matrix as its element at a row and a column. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Where its elements are, and how to get to the element of a row and a column. */
  readonly values: Float32Array;
  offset(row: number): number;
  readonly columnStep: number;
}

/** A matrix cut into panels of 8 columns, each row after row; the last one is filled up with zeros. */
export function filterPanels({ rows, columns, values, offset, columnStep }: Matrix, to: Float32Array): void {
  let at = 0;
  for (let first = 0; first < columns; first += PANEL_COLUMNS) {
    const here = Math.min(PANEL_COLUMNS, columns - first);
    for (let row = 0; row < rows; row++) {
      const from = offset(row) + first * columnStep;
      for (let c = 0; c < PANEL_COLUMNS; c++) to[at++] = c < here ? values[from + c * columnStep]! : 0;
    }
  }
}
