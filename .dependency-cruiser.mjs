// For the command line of dependency-cruiser, to draw the graph for example; `npm run check` uses the same rules.
import { fileURLToPath } from 'node:url';
import { cruiseOptions, resolveOptions } from './scripts/checks/direction.mjs';
import { directionRules } from './scripts/checks/direction-rules.mjs';
import { readPackages } from './scripts/checks/workspace.mjs';

export default {
  forbidden: directionRules(readPackages(fileURLToPath(new URL('.', import.meta.url)))),
  options: { ...cruiseOptions, enhancedResolveOptions: resolveOptions, tsConfig: { fileName: 'tsconfig.json' } },
};
