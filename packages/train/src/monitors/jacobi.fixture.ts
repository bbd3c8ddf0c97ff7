/** Eigenvalues of a symmetric matrix by cyclic Jacobi rotations, written out on nested lists: slow and obvious. */
export function jacobiEigenvalues(matrix: ArrayLike<number>, size: number): number[] {
  const a = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => matrix[i * size + j]!));
  const total = Math.hypot(...a.flat());
  const apart = () => Math.hypot(...a.flatMap((row, i) => row.filter((_, j) => j !== i)));
  for (let sweep = 0; sweep < 100 && apart() > 1e-15 * total; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        if (a[p]![q] === 0) continue;
        const angle = Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (const row of a) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
        const [first, second] = [a[p]!, a[q]!];
        a[p] = first.map((x, j) => c * x - s * second[j]!);
        a[q] = first.map((x, j) => s * x + c * second[j]!);
      }
    }
  }
  return a.map((row, i) => row[i]!);
}
