import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { viewSheet } from '@hcsc/report';
import { type BackendChoice, startRuntime } from '@hcsc/runtime';
import { applySettings } from '@hcsc/train';
import { writeFileAtomically } from '@hcsc/weights';
import { loadRecipe } from './load-recipe.js';
import { sampleViews, spreadIndices } from './sample-views.js';

export interface ViewsCommandOptions {
  set?: Record<string, string>;
  out?: string;
  images?: number;
  index?: readonly number[];
  seed?: number;
  backend?: BackendChoice;
}

/** How many images are shown where no one says. */
const IMAGES = 8;

/** `hcsc views`: writes a sheet of training images and the views that the recipe makes of them. */
export async function viewsCommand(file: string, options: ViewsCommandOptions): Promise<number> {
  const { set = {}, out = 'views.png', images, index, backend } = options;
  if (images !== undefined && index !== undefined) {
    throw new RangeError('Cannot show both a number of images and those of a list: give --images or --index');
  }
  await checkPlace(out);
  const recipe = applySettings(await loadRecipe(file), set);
  const { seed = recipe.seed } = options;
  const source = await recipe.data.train();
  const indices = index ?? spreadIndices(source, images ?? Math.min(IMAGES, source.length));
  const runtime = await startRuntime({ backend });
  try {
    const rows = await sampleViews(recipe, source, indices, seed);
    const left = source.unreadable?.filter((image) => indices.includes(image.index)) ?? [];
    for (const { name, reason } of left)
      process.stderr.write(`Not shown, since it cannot be read: ${name}: ${reason}\n`);
    if (rows.length === 0)
      throw new Error(`Cannot show images ${indices.join(', ')} of ${source.name}: none can be read`);
    const { png, width, height } = viewSheet(rows);
    await writeFileAtomically(out, png);
    const shown = indices.filter((index) => !left.some((image) => image.index === index));
    const [one, each] = [shown.length === 1, rows[0]!.views.length];
    process.stdout.write(
      `${out}: ${one ? 'image' : 'images'} ${shown.join(', ')} of ${source.name}, ${one ? '' : 'each '}with ${each === 1 ? '1 view' : `${each} views`} drawn from seed ${seed}, ${width} × ${height} pixels\n`,
    );
    return 0;
  } finally {
    runtime.stop();
  }
}

/** Refuses a place that no PNG can or should be written to, before any work. */
async function checkPlace(out: string): Promise<void> {
  if (extname(out).toLowerCase() !== '.png') {
    throw new RangeError(`Cannot write a PNG to ${out}: give --out a name that ends in .png`);
  }
  const folder = await stat(dirname(out)).catch(() => null);
  if (!folder?.isDirectory()) {
    throw new Error(`Cannot write ${out}: there is no folder ${dirname(out)}, make it or give another --out`);
  }
  if ((await stat(out).catch(() => null))?.isDirectory()) {
    throw new Error(`Cannot write ${out}: it is a folder, give --out a file in it`);
  }
}
