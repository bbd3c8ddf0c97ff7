import { type DecodingOptions, type EncodedSource, encodedSource } from './encoded-source.js';
import type { DataSet } from './image-source.js';
import { listImageFolder } from './list-image-folder.js';

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions extends DecodingOptions {
  /** The subfolders that are classes, in the order of their numbers. Default: all there are, sorted by name. */
  classes?: readonly string[];
}

/**
 * Opens a folder of JPEG, PNG and WebP images: a subfolder for each class, as ImageNet has them, or images without labels.
 *
 * Files are listed now and decoded when they are read, on worker threads: upright by their EXIF orientation, transparency
 * left out, 16 bits as 8. `read` gives the centre of each image, as at evaluation; `viewLoader`, which the trainer uses,
 * makes views of the whole. A file takes the bytes of its path and 8 more.
 *
 * @throws Error (the promise rejects) if there is no image in the folder, or a class without one. Reading rejects with a
 *   DataFileError for an image that cannot be read, unless `onUnreadable` is `'skip'`.
 *
 * @example
 * ```ts
 * const train = await imageFolder('imagenet/train', { size: 224 });
 * const own = await imageFolder('photos', { size: 96, onUnreadable: 'skip' });
 * ```
 */
export async function imageFolder(
  folder: string,
  { classes, ...decoding }: ImageFolderOptions = {},
): Promise<EncodedSource> {
  return encodedSource(await listImageFolder(folder, { classes }), decoding);
}

/** Options of {@link imageFolders}. */
export interface ImageFoldersOptions extends ImageFolderOptions {
  /** The folder of the training images. */
  train: string;
  /** The folder of the test images; it has the same classes. */
  test: string;
  /** What to call the data set. Default: the name of the training folder. */
  name?: string;
}

/**
 * Two folders of images as a data set, for a recipe: `data: imageFolders({ train: 'imagenet/train', test: 'imagenet/val' })`.
 *
 * @throws Error (from `train()` and `test()`) as {@link imageFolder} does.
 *
 * @example
 * ```ts
 * const data = imageFolders({ train: 'imagenet/train', test: 'imagenet/val', size: 224 });
 * ```
 */
export function imageFolders({ train, test, name = train, ...options }: ImageFoldersOptions): DataSet {
  let known: readonly string[] | null | undefined = options.classes;
  const classes = async () => {
    if (known === undefined) known = (await listImageFolder(train)).classes;
    return known ?? undefined;
  };
  return {
    name,
    classes: options.classes ?? null,
    async train() {
      const source = await imageFolder(train, options);
      known = source.classes;
      return source;
    },
    test: async () => imageFolder(test, { ...options, classes: await classes() }),
  };
}
