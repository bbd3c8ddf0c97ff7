import { PLANE_STEP } from './kernels/map-planes.js';

/** An image in a workspace: one plane of float32 per channel, one after the other. */
export interface Planes {
  /** Where the first one starts, in bytes. */
  readonly at: number;
  /** From the start of a plane to that of the next, in bytes. */
  readonly stride: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** An image in a workspace as it was loaded: bytes, the channels of a pixel side by side. */
export interface Bytes extends Omit<Planes, 'stride'> {
  readonly stride: null;
}

/** Planes of this shape at an address; what a kernel writes too much at the end of one is not yet the next. */
export const planesAt = (at: number, height: number, width: number, channels: number): Planes => ({
  at,
  stride: aligned(4 * height * width + 16, PLANE_STEP),
  height,
  width,
  channels,
});

/** The first address behind an image that a kernel may not touch: they read and write up to 16 bytes more. */
export const endOf = ({ at, stride, height, width, channels }: Planes | Bytes): number =>
  aligned(at + (stride === null ? height * width : stride) * channels + 16);

export const aligned = (length: number, to = 16): number => Math.ceil(length / to) * to;
