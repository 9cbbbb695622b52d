import type { VideoFields } from '../domain/immersion/types.js';

export type ProbeFacts = Partial<
  Pick<
    VideoFields,
    'durationMs' | 'widthPx' | 'heightPx' | 'codec' | 'container' | 'audioCodec' | 'fpsX100' | 'bitrateKbps'
  >
>;

type Json = Readonly<Record<string, unknown>>;

/** Facts from `ffprobe -show_format -show_streams -print_format json`; fields it does not tell stay null. */
export function parseProbe(stdout: string): ProbeFacts {
  const root: unknown = JSON.parse(stdout);
  if (!isJson(root)) return {};
  const format = isJson(root['format']) ? root['format'] : {};
  const streams = Array.isArray(root['streams']) ? root['streams'].filter(isJson) : [];
  const video = streams.find((s) => s['codec_type'] === 'video' && !isAttachedPicture(s));
  const audio = streams.find((s) => s['codec_type'] === 'audio');
  return {
    durationMs: scaled(format['duration'], 1000),
    bitrateKbps: scaled(format['bit_rate'], 1 / 1000),
    container: text(format['format_name']),
    codec: text(video?.['codec_name']),
    widthPx: scaled(video?.['width'], 1),
    heightPx: scaled(video?.['height'], 1),
    fpsX100: framesPerSecondX100(video?.['avg_frame_rate']),
    audioCodec: text(audio?.['codec_name']),
  };
}

/** Cover art is a video stream of one frame. */
const isAttachedPicture = (stream: Json): boolean =>
  isJson(stream['disposition']) && stream['disposition']['attached_pic'] === 1;

function scaled(value: unknown, factor: number): number | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? Number.parseFloat(value) : Number.NaN;
  const result = Math.round(number * factor);
  return Number.isSafeInteger(result) && result >= 0 ? result : null;
}

/** `30000/1001` is 2997. */
function framesPerSecondX100(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const [frames = Number.NaN, seconds = 1] = value.split('/').map(Number);
  return seconds > 0 ? scaled(frames / seconds, 100) : null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
