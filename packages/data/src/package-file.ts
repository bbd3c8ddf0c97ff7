/** A file of this package, by its path from the package's folder; the same from the sources and from what is built of them. */
export const packageFile = (path: string): URL => new URL(`../${path}`, import.meta.url);
