import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version of TensorFlow that `installNativeLibrary` fetches. */
export const tensorflowVersion = '2.21.0';

/** The folder in the user's cache that the library is kept in: under `$XDG_CACHE_HOME`, or where the platform has caches. */
export function cachedLibrary(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = environment.HOME || homedir();
  const usual = platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache');
  return join(environment.XDG_CACHE_HOME || usual, 'hcsc', `tensorflow-${tensorflowVersion}`);
}
