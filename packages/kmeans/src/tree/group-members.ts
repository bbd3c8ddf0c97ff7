/** Which members each group has; see {@link groupMembers}. */
export interface Groups {
  /** `[K + 1]`: group g has `order[offsets[g]]` to `order[offsets[g + 1] - 1]`. */
  readonly offsets: Int32Array;
  /** `[N]`: the members, group by group, ascending within each. */
  readonly order: Int32Array;
}

/** Sorts members by their group in O(N + K), by counting; every group must be in 0 to K − 1. */
export function groupMembers(groupOf: Int32Array, k: number): Groups {
  const offsets = new Int32Array(k + 1);
  for (const group of groupOf) offsets[group + 1]!++;
  for (let group = 0; group < k; group++) offsets[group + 1]! += offsets[group]!;
  const next = offsets.slice(0, k);
  const order = new Int32Array(groupOf.length);
  groupOf.forEach((group, member) => {
    order[next[group]!++] = member;
  });
  return { offsets, order };
}

/** The members of one group, ascending, as an array of the caller's own. */
export function membersOf({ offsets, order }: Groups, group: number): Int32Array {
  return order.slice(offsets[group], offsets[group + 1]);
}
