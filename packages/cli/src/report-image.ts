import type { ReportImage } from '@hcsc/report';

/**
 * Bytes of an image `[height, width, channels]` as a picture: grey or RGB as they are, of four channels the first three, of
 * any other number the first.
 */
export function reportImage(
  bytes: Uint8Array,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  label?: string,
): ReportImage {
  const shown = channels === 3 || channels === 4 ? 3 : 1;
  const data =
    shown === channels
      ? bytes
      : Uint8Array.from({ length: height * width * shown }, (_, i) => {
          return bytes[Math.floor(i / shown) * channels + (i % shown)]!;
        });
  return { width, height, channels: shown, data, ...(label !== undefined && { label }) };
}
