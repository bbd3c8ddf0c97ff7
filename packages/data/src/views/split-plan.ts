import type { HostStep } from '../transforms/host-step.js';
import { type View, type ViewPlan, view, views } from './view.js';

/** The two parts of a plan; see {@link splitPlan}. */
export interface SplitPlan<Views extends readonly View[] = readonly View[]> {
  /** For each view the steps that come first, as plain data. */
  readonly host: readonly (readonly HostStep[])[];
  /** For each view the transforms that are left; a view without any hands out copies. */
  readonly device: ViewPlan<Views>;
}

/**
 * Splits each view of a plan after the longest run of transforms that worker threads can do as well.
 *
 * `device` takes up the views where the workers left them: its `apply` gets one tensor per view.
 *
 * @example
 * ```ts
 * const { host, device } = splitPlan(mocoV2({ size: 224 }));
 * // ... begun: what workers made of host[0] and host[1] ...
 * const [query, key] = device.apply(begun, rng);
 * ```
 */
export function splitPlan<const Views extends readonly View[]>(plan: ViewPlan<Views>): SplitPlan<Views> {
  const host: (readonly HostStep[])[] = [];
  const left = plan.views.map(({ transforms }) => {
    const steps: HostStep[] = [];
    for (const { host: step } of transforms) {
      if (!step) break;
      steps.push(step);
    }
    host.push(steps);
    return view(...transforms.slice(steps.length));
  });
  return { host, device: views(...left) as unknown as ViewPlan<Views> };
}
