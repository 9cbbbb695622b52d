import { describe, expect, it } from 'vitest';
import { CommitFeed } from '../../src/graphql/commit-feed.js';

describe('the feed of commits', () => {
  it('tells each listener of its own session only', () => {
    const feed = new CommitFeed();
    const heard: string[] = [];
    for (const uuid of ['a', 'a', 'b']) feed.listen(uuid, () => heard.push(uuid));
    feed.publish(new Set(['a', 'c']));
    expect(heard).toEqual(['a', 'a']);
  });

  it('is silent after the end, however often it is ended', () => {
    const feed = new CommitFeed();
    const heard: string[] = [];
    const stop = feed.listen('a', () => heard.push('first'));
    feed.listen('a', () => heard.push('second'));
    stop?.();
    stop?.();
    feed.publish(new Set(['a']));
    expect(heard).toEqual(['second']);
  });

  it('has room for a thousand listeners, and for another when one leaves', () => {
    const feed = new CommitFeed();
    const stops = Array.from({ length: 1_000 }, (_, i) => feed.listen(`${i % 7}`, () => undefined));
    expect(stops).not.toContain(null);
    expect(feed.listen('a', () => undefined)).toBeNull();
    stops[0]?.();
    stops[0]?.();
    expect(feed.listen('a', () => undefined)).not.toBeNull();
    expect(feed.listen('a', () => undefined)).toBeNull();
  });
});
