import { describe, expect, it } from 'vitest';
import { parseProbe } from '../../src/media/probe-output.js';

/** What ffprobe 5.1 prints for a file with cover art, shortened. */
const MKV = {
  streams: [
    {
      index: 0,
      codec_type: 'video',
      codec_name: 'mjpeg',
      width: 600,
      height: 900,
      disposition: { attached_pic: 1 },
    },
    {
      index: 1,
      codec_type: 'video',
      codec_name: 'hevc',
      width: 1920,
      height: 1080,
      avg_frame_rate: '24000/1001',
      disposition: { attached_pic: 0 },
    },
    { index: 2, codec_type: 'audio', codec_name: 'opus', sample_rate: '48000' },
    { index: 3, codec_type: 'audio', codec_name: 'aac' },
    { index: 4, codec_type: 'subtitle', codec_name: 'ass' },
  ],
  format: { format_name: 'matroska,webm', duration: '1420.086000', bit_rate: '2567891', size: '455812345' },
};
const parse = (value: unknown) => parseProbe(JSON.stringify(value));
const NOTHING = {
  durationMs: null,
  bitrateKbps: null,
  container: null,
  codec: null,
  widthPx: null,
  heightPx: null,
  fpsX100: null,
  audioCodec: null,
};

describe('what ffprobe says', () => {
  it('becomes facts in our units; cover art is not the video', () => {
    expect(parse(MKV)).toEqual({
      durationMs: 1_420_086,
      bitrateKbps: 2_568,
      container: 'matroska,webm',
      codec: 'hevc',
      widthPx: 1_920,
      heightPx: 1_080,
      fpsX100: 2_398,
      audioCodec: 'opus',
    });
  });

  it('of a sound file has no picture', () => {
    expect(parse({ streams: [MKV.streams[0], MKV.streams[2]], format: MKV.format })).toMatchObject({
      codec: null,
      widthPx: null,
      fpsX100: null,
      audioCodec: 'opus',
    });
  });

  it.each([
    ['30000/1001', 2_997],
    ['25/1', 2_500],
    ['25', 2_500],
    ['0/0', null],
    ['1/0', null],
    ['-25/1', null],
    ['abc', null],
    [25, null],
    [null, null],
  ])('a frame rate of %j is %j hundredths', (avg_frame_rate, fpsX100) => {
    expect(parse({ streams: [{ codec_type: 'video', avg_frame_rate }] }).fpsX100).toBe(fpsX100);
  });

  it.each([
    ['N/A', null],
    ['', null],
    ['-1', null],
    ['0.0004', 0],
    [12.5, 12_500],
    ['1e300', null],
    [{}, null],
    [true, null],
  ])('a duration of %j is %j ms', (duration, durationMs) => {
    expect(parse({ format: { duration } }).durationMs).toBe(durationMs);
  });

  it.each([[{}], [{ streams: 'none', format: [] }], [{ streams: [null, 1, 'x', []], format: null }]])(
    'in another shape (%j) leaves everything unknown',
    (value) => {
      expect(parse(value)).toEqual(NOTHING);
    },
  );

  it.each(['[]', 'null', '7', '"text"'])('that is no object (%s) is nothing', (text) => {
    expect(parseProbe(text)).toEqual({});
  });

  it('that is no JSON is an error for the caller', () => {
    expect(() => parseProbe('Segmentation fault')).toThrow(SyntaxError);
  });
});
