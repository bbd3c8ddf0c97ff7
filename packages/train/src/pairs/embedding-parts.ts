import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SafetensorsError } from '@hcsc/weights';
import { type Embedding, headerOf, readEmbedding, writeEmbedding } from './embedding.js';
import { type MiningIdentity, sameIdentity } from './mining-identity.js';

/** An embedding of the images `from` to `to` (without it) of those chosen. */
export interface EmbeddingPart extends Embedding {
  readonly from: number;
  readonly to: number;
}

/** Parts of an embedding that is being made, one behind the other, so that it goes on where it stopped. */
export interface EmbeddingParts {
  /** Those that are there; what belongs to none is removed. */
  read(): Promise<EmbeddingPart[]>;
  write(part: EmbeddingPart): Promise<void>;
  /** Takes all of them away. */
  clear(): Promise<void>;
}

const nameOf = (from: number) => `${String(from).padStart(10, '0')}.safetensors`;

/** The parts kept in a folder, of one identity. */
export function embeddingParts(
  folder: string,
  identity: MiningIdentity,
  notice: (message: string) => void,
): EmbeddingParts {
  async function partAt(from: number): Promise<EmbeddingPart | null> {
    const path = join(folder, nameOf(from));
    try {
      const header = await headerOf(path);
      if (!header || !sameIdentity(JSON.parse(header.identity ?? 'null'), identity)) return null;
      return { ...(await readEmbedding(path)), from, to: Number(header.to) };
    } catch (error) {
      if (!(error instanceof SafetensorsError || error instanceof SyntaxError || error instanceof TypeError))
        throw error;
      notice(`${error.message}: embedding these images again`);
      return null;
    }
  }
  return {
    async read() {
      const parts: EmbeddingPart[] = [];
      for (let part = await partAt(0); part; part = await partAt(part.to)) parts.push(part);
      const used = new Set(parts.map(({ from }) => nameOf(from)));
      const names = await readdir(folder).catch(() => []);
      for (const name of names) if (!used.has(name)) await rm(join(folder, name), { force: true });
      return parts;
    },
    async write(part) {
      await mkdir(folder, { recursive: true });
      await writeEmbedding(join(folder, nameOf(part.from)), part, identity, { to: String(part.to) });
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}
