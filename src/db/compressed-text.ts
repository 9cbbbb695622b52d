import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** The longest text that is expanded again, bytes: what was stored is never larger, so anything above it is damage. */
export const MAX_EXPANDED_BYTES = 64 * 1_024 * 1_024;

/** UTF-8, deflated (RFC 1951) in a thread of libuv. Subtitles become about a third. */
export const compressText = async (text: string): Promise<Uint8Array> => plain(await deflate(text));

/** Throws when the bytes are damaged or would become more than MAX_EXPANDED_BYTES. */
export const expandText = async (bytes: Uint8Array): Promise<string> =>
  (await inflate(bytes, { maxOutputLength: MAX_EXPANDED_BYTES })).toString('utf8');

/** A copy that owns its memory: a Buffer may be a window into a pool, which would cross to the thread whole. */
const plain = (buffer: Buffer): Uint8Array => Uint8Array.from(buffer);
