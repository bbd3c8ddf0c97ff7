/**
 * P(|T| ≤ t) of Student's t with whole degrees of freedom: the finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4.
 */
export function studentTWithin(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term;
    term *= (cosine ** 2 * (power + 1)) / (power + 2);
  }
  return isOdd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}

/** The t within which a share of Student's distribution lies, to both sides: 4.303 for 0.95 and 2 degrees of freedom. */
export function studentTQuantile(share: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (studentTWithin(high, degrees) < share) [low, high] = [high, high * 2];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentTWithin(middle, degrees) < share) low = middle;
    else high = middle;
  }
}
