import { once } from 'node:events';
import { defineRecipe } from '@hcsc/train';
import tiny from './tiny.fixture.js';

/** Its validation says that it is at work, and waits for Ctrl-C. */
export default defineRecipe({
  ...tiny,
  name: 'slow-validation',
  validation: {
    async figures() {
      const alive = setInterval(() => {}, 1000);
      const interrupted = once(process, 'SIGINT');
      process.stderr.write('validating\n');
      await interrupted;
      clearInterval(alive);
      return {};
    },
  },
});
