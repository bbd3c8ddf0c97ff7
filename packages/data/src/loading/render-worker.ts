import { type Rng, restoreRng } from '@hcsc/random';
import { applyStep } from '../host/apply-step.js';
import { type Canvas, canvas } from '../host/canvas.js';
import { type DecodedImage, decodeImage } from './decode-image.js';
import type { RenderFailure, RenderResult, RenderTask } from './render-task.js';

const working = canvas();

/** How many images are decoded, by other threads, while one is rendered. */
const AHEAD = 2;

/** What a worker thread is asked to do; what goes wrong is its answer, so that no answer means that the thread ended. */
export async function answer(task: RenderTask): Promise<RenderResult | Error> {
  try {
    return await render(task);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Decodes the images of a task, if they are not yet, and makes their views. */
async function render(task: RenderTask): Promise<RenderResult> {
  const { images, positions, views, parts, format, output } = task;
  const rng = restoreRng(task.rng);
  const target = format === 'float32' ? new Float32Array(output) : new Uint8Array(output);
  const all = [...views.keys()];
  const failures: RenderFailure[] = [];
  const ahead = Array.from({ length: AHEAD }, (_, at) => decoding(task, at));
  for (let at = 0; at < positions.length; at++) {
    const decoded = await ahead.shift()!;
    ahead.push(decoding(task, at + AHEAD));
    if (decoded instanceof Error) {
      failures.push({ at, reason: decoded.message });
      continue;
    }
    const channels = 'files' in images ? images.channels : images.shape[2];
    working.load(decoded.bytes, decoded.height, decoded.width, channels);
    try {
      const part = parts?.[at] ?? { row: at, views: all };
      for (const view of part.views) {
        const { steps, size, offset } = views[view]!;
        renderView(working, steps, size, rng.fork(`${positions[at]} ${view}`));
        write(working, target, offset + part.row * size[0] * size[1] * channels);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      failures.push({ at, reason: error.message }); // an image too small for a centre crop, say
    }
  }
  return failures;
}

/** The next image, decoded; what went wrong is a value, so that nobody has to wait for it. */
function decoding({ images, positions }: RenderTask, at: number): Promise<DecodedImage | Error> {
  if (at >= positions.length) return Promise.resolve(new Error('none is left'));
  if ('files' in images) {
    return decodeImage(images.files[at]!, images.channels).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
  }
  const [height, width, channels] = images.shape;
  const length = height * width * channels;
  return Promise.resolve({ bytes: new Uint8Array(images.pixels, images.offset + at * length, length), height, width });
}

function renderView(on: Canvas, steps: RenderTask['views'][number]['steps'], size: readonly number[], rng: Rng): void {
  on.restart();
  for (const step of steps) applyStep(on, step, rng);
  if (on.height !== size[0] || on.width !== size[1]) {
    throw new RangeError(`the view is ${on.height} x ${on.width}, expected ${size[0]} x ${size[1]}`);
  }
}

function write(from: Canvas, target: Float32Array | Uint8Array, offset: number): void {
  if (target instanceof Float32Array) from.write(target, offset);
  else from.writeBytes(target, offset);
}
